"""The model review's figures: what its page shows; every number is finite, or None."""

from __future__ import annotations

from schema.documents import Document
from schema.documents.fit import FitRecord
from schema.documents.ranking import RankingFigures
from schema.documents.release import ReleaseRecord

__all__ = ["Check", "Measures", "ModelFigures", "Review", "Verdict"]


class Check(Document):
    """One threshold that the candidate is held to.

    Attributes:
        metric: its name.
        scope: over which pairs, and whether against the live model.
        expected: the bounds, in words.
        got: the figure over all pairs (a change where it is held against the live model); None
            where it is absent, not defined or one of many slices'.
        passed: whether the bounds are kept wherever they apply.
    """

    metric: str
    scope: str
    expected: str
    got: float | None
    passed: bool


class Verdict(Document):
    """What the gates said: `blessed` decides, and there are `reasons` exactly where it is false."""

    blessed: bool
    reasons: list[str]
    checks: list[Check]


class Measures(Document):
    """One model over one slice; all pairs where key and value are empty.

    Attributes:
        key: the slicing feature's name.
        value: the slice's; from the data, never to be trusted as markup.
        pairs: how many were scored.
        prevalence: share of likes among them, 0 to 1: the AUC-PR of a random ranking.
        auc_pr: higher is better, 0 to 1; None without a like.
        interval: 95%, of AUC-PR; None where the run made none (EVAL_INTERVALS).
        roc_auc: higher is better, 0 to 1, 0.5 at random; None without a like or a negative.
        calibration: mean prediction over share of likes; 1 is right.
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
        version: as minted by the Trainer; None where its folder is gone.
        folder: its SavedModel.
        overall: over all pairs.
        slices: most pairs first.
        curve: (recall, precision), recall rising; at most 200 points.
    """

    version: str | None
    folder: str
    overall: Measures
    slices: list[Measures]
    curve: list[tuple[float, float]]


class Review(Document):
    """All that the page shows.

    Attributes:
        version: the candidate's.
        protocol: of AUC-PR.
        verdict: of both gates.
        candidate: its figures on pairs.
        baseline: the live model's, None on a first run.
        ranking: what the retrieval gate measured.
        fit: the record of the fit; None in the JSON of an older run.
        release: the record of the release fit; None in the JSON of an older run.
        places: where things lie.
    """

    version: str
    protocol: str
    verdict: Verdict
    candidate: ModelFigures
    baseline: ModelFigures | None
    ranking: RankingFigures
    fit: FitRecord | None = None
    release: ReleaseRecord | None = None
    places: dict[str, str]
