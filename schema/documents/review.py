"""The figures on the page of the model review; every number is finite, or None."""

from __future__ import annotations

from pydantic import Field

from schema.documents import Document
from schema.documents.data import DataFigures
from schema.documents.fit import FitRecord
from schema.documents.outcome import ReleaseOutcome
from schema.documents.ranking import RankingFigures
from schema.documents.release import ReleaseRecord

__all__ = [
    "Check",
    "KeptVersion",
    "Measures",
    "ModelFigures",
    "NodeCost",
    "Review",
    "Verdict",
]


class Check(Document):
    """One threshold of the candidate.

    Attributes:
        metric: name of the metric.
        scope: the pairs that it applies to, and whether it is a change against the live model.
        expected: the bounds, in words.
        got: the figure over all pairs (a change if it is compared with the live model); None if it
            is absent, not defined or applies to many slices.
        passed: whether all figures in the scope are within the bounds.
    """

    metric: str
    scope: str
    expected: str
    got: float | None
    passed: bool


class Verdict(Document):
    """Decision of the gates; there are `reasons` exactly if `blessed` is false."""

    blessed: bool
    reasons: list[str]
    checks: list[Check]


class Measures(Document):
    """One model on one slice; on all pairs if key and value are empty.

    Attributes:
        key: name of the slicing feature.
        value: value of the slice; it comes from the data and must be escaped in markup.
        pairs: count of scored pairs.
        prevalence: share of likes among them, 0 to 1: the AUC-PR of a random ranking.
        auc_pr: higher is better, 0 to 1; None without a like.
        interval: 95% interval of AUC-PR; None if the run computed none (EVAL_INTERVALS).
        roc_auc: higher is better, 0 to 1, 0.5 at random; None without a like or a negative.
        calibration: mean prediction over share of likes; 1 is calibrated.
    """

    key: str
    value: str
    pairs: int
    prevalence: float | None
    auc_pr: float | None
    interval: tuple[float, float] | None
    roc_auc: float | None
    calibration: float | None


class ModelFigures(Document):
    """One model's figures.

    Attributes:
        version: the version that the Trainer created; None if its folder was removed.
        folder: folder of its SavedModel.
        overall: figures on all pairs.
        slices: figures by slice, most pairs first.
        curve: (recall, precision), recall rising; at most 200 points.
    """

    version: str | None
    folder: str
    overall: Measures
    slices: list[Measures]
    curve: list[tuple[float, float]]


class KeptVersion(Document):
    """A version whose vectors are kept, as the run left it.

    Attributes:
        version: its number.
        state: of the registry.
        released: when it last went live, in UTC; empty if it never did.
        users: rows of its user vectors.
        videos: rows of its video vectors.
    """

    version: str
    state: str
    released: str
    users: int
    videos: int


class NodeCost(Document):
    """Cost of one node of the run, beside the run before.

    Attributes:
        node: its name.
        seconds: wall clock.
        peak_mb: most memory of its process.
        cached: whether an earlier result was taken.
        skipped: whether it did not run.
        last_seconds: wall clock in the run before; None if it did not run there.
    """

    node: str
    seconds: float
    peak_mb: int
    cached: bool
    skipped: bool
    last_seconds: float | None


class Review(Document):
    """Content of the page.

    Attributes:
        version: the candidate's version.
        protocol: one line that describes the measurement of AUC-PR.
        verdict: decision of both gates.
        candidate: the candidate's figures on pairs.
        baseline: the live model's figures, None on a first run.
        ranking: figures of the retrieval gate.
        fit: the record of the fit; None in the JSON of an older run.
        release: the record of the release fit; None in the JSON of an older run.
        outcome: what the release came to; None in the JSON of an older run.
        data: the data's figures; None in the JSON of an older run.
        kept: versions that are kept, the newest first; none in the JSON of an older run.
        made_by: what made the version, label to text; none of a refused one.
        cost: of each node, in the order in which they ended; added when the run has ended.
        places: paths by name.
    """

    version: str
    protocol: str
    verdict: Verdict
    candidate: ModelFigures
    baseline: ModelFigures | None
    ranking: RankingFigures
    fit: FitRecord | None = None
    release: ReleaseRecord | None = None
    outcome: ReleaseOutcome | None = None
    data: DataFigures | None = None
    kept: list[KeptVersion] = Field(default_factory=list)
    made_by: dict[str, str] = Field(default_factory=dict)
    cost: list[NodeCost] = Field(default_factory=list)
    places: dict[str, str]
