"""The machine-readable end of a run: `summary.json`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schema.documents import Document
from schema.documents.review import Review

__all__ = ["Answered", "Node", "Recommended", "Sample", "Summary", "Windows", "Written"]


class Windows(Document):
    """The ends of the time windows, and the beginning of train where SINCE gave one.

    ISO 8601 in UTC.
    """

    train_end: str
    valid_end: str
    eval_end: str
    since: str | None = None


class Node(Document):
    """What one node of the run cost: wall clock, and its process's peak memory."""

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
    """What the sample's user was recommended, best first: serving/recommender.py's Answer."""

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
    """What a run came to; the last three are there once the command has shown it.

    Attributes:
        kind: name and version of this form.
        model_version: the candidate's.
        review: the model review's figures.
        windows: that the newest reading of decisions was cut at.
        rows_read: rows by the node that read them.
        quarantine: rows by "table: reason".
        nodes: in the order in which they ended.
        peak_mb: of the largest node.
        seconds: of all nodes together.
        paths: where models, review, metadata and log lie.
        sample: recommendations for one user.
        embeddings_written: of this version.
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
