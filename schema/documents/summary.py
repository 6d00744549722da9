"""The machine-readable summary of a run: `summary.json`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schema.documents import Document
from schema.documents.review import Review

__all__ = ["Answered", "Node", "Recommended", "Sample", "Summary", "Windows", "Written"]


class Windows(Document):
    """The ends of the time windows, and the begin of train if SINCE is set.

    ISO 8601 in UTC.
    """

    train_end: str
    valid_end: str
    eval_end: str
    since: str | None = None


class Node(Document):
    """Cost of one node of the run: wall clock, and its process's peak memory."""

    node: str
    seconds: float
    peak_mb: int
    cached: bool
    skipped: bool


class Recommended(Document):
    """One video of the sample; a higher score is better."""

    video_id: str
    title: str
    score: float


class Answered(Document):
    """Recommendations for the sample's user, best first: the Answer of serving/recommender.py."""

    source: str
    version: str
    videos: list[Recommended]
    reason: str
    age_s: float


class Sample(Document):
    """Recommendations for one user, and titles that the user liked, the newest first."""

    answer: Answered
    liked: list[str]


class Written(Document):
    """Rows of the two tables of embeddings."""

    users: int
    videos: int


class Summary(Document):
    """Result of a run; the command adds the last three at its end.

    Attributes:
        kind: name and version of this form.
        model_version: the candidate's version.
        review: the model review's figures.
        windows: time windows of the newest Examples of decisions.
        rows_read: count of rows by the node that read them.
        quarantine: count of rows by "table: reason".
        nodes: the nodes in the order in which they ended.
        peak_mb: peak memory of the largest node.
        seconds: seconds of all nodes together.
        paths: paths of models, review, metadata and log.
        sample: recommendations for one user.
        embeddings_written: rows of this version in the embedding tables.
        seconds_in_all: wall clock of the command.
    """

    kind: Literal["two_tower.summary/1"] = Field(
        validation_alias="schema", serialization_alias="schema"
    )
    model_version: str
    review: Review
    windows: Windows
    rows_read: dict[str, int]
    quarantine: dict[str, int]
    nodes: list[Node]
    peak_mb: int
    seconds: float
    paths: dict[str, str]
    sample: Sample | None = None
    embeddings_written: Written | None = None
    seconds_in_all: float | None = None
