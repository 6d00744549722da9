"""What is answered: videos, and how they were found."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["Answer", "Item", "Rung"]


class Rung(StrEnum):
    """The way to an answer, the best first.

    Attributes:
        FRESH: the user's embedding as of now, by the model server.
        STORED: the user's embedding of the version, as it was released.
        GENRES: the most liked videos of the genres that the user likes.
        POPULAR: the most liked videos, with a share of places for videos that nobody knows.
        MEMORY: the last answer to this user, or popular videos, while Postgres is away.
    """

    FRESH = "fresh"
    STORED = "stored"
    GENRES = "genres"
    POPULAR = "popular"
    MEMORY = "memory"


@dataclass(frozen=True, slots=True)
class Item:
    """One place of an answer.

    Attributes:
        video_id: UUID as text.
        rank: 1 is the best.
        score: cosine of user and video for FRESH and STORED, else the count of likes.
        title: the video's title.
        because: title of the liked video that lies nearest, if it was asked for.
        propensity: probability of this video at this place, if the place was random.
        arm: whose list it came from, in an interleaved answer; else None.
    """

    video_id: str
    rank: int
    score: float
    title: str
    because: str | None = None
    propensity: float | None = None
    arm: str | None = None


@dataclass(frozen=True)
class Answer:
    """Best first; videos that the user has decided on are left out.

    Attributes:
        request_id: UUID of this answer, which events name.
        model_version: the version whose vectors were compared; empty for the other rungs.
        rung: the way to it.
        reason: why the rungs above gave no answer, or why there are fewer videos than asked; else
            empty. An answer without videos always has one.
        arm: `control` or `candidate` of the experiment that runs; empty if none does.
        items: at most as many as asked.
        age_s: seconds since what it stands on was read: popularity, or a remembered answer.
        timings_ms: milliseconds by stage, for `Server-Timing`.
    """

    request_id: str
    model_version: str
    rung: Rung
    reason: str
    arm: str
    items: list[Item]
    age_s: float = 0.0
    timings_ms: dict[str, float] = field(default_factory=dict)
