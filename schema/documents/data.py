"""What a run's data came to: its distance from the last run's, and the rows left out."""

from __future__ import annotations

from typing import Literal

from schema.documents import Document

__all__ = ["Against", "DataFigures", "Distance"]

Against = Literal["the last run", "the valid window"]


class Distance(Document):
    """How far one feature's distribution has moved.

    Attributes:
        examples: the kind of Examples: `decisions` or `catalogue`.
        feature: its name.
        against: what it is compared with: the last run's data, or this run's valid window.
        measure: TFDV's name of the distance.
        distance: 0 for the same distribution.
        allowed: the distance above which the run ends.
    """

    examples: str
    feature: str
    against: Against
    measure: str
    distance: float
    allowed: float


class DataFigures(Document):
    """The data of a run.

    Attributes:
        distances: of every feature that the schema compares, the farthest first.
        quarantine: count of rows left out, by "table: reason".
    """

    distances: list[Distance]
    quarantine: dict[str, int]
