"""The figures on the page of the model review; every number is finite, or None."""

from __future__ import annotations

from schema.documents import Document
from schema.documents.data import DataFigures
from schema.documents.fit import FitRecord
from schema.documents.outcome import ReleaseOutcome
from schema.documents.ranking import RankingFigures
from schema.documents.release import ReleaseRecord

__all__ = ["Check", "Measures", "ModelFigures", "Review", "Verdict"]


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
    places: dict[str, str]
