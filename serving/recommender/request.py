"""What is asked: a user, a number of videos, and which videos are wanted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from schema.errors import DataError

__all__ = ["LIMIT_MOST", "Filters", "Request", "UnknownVersionError"]

LIMIT_MOST = 500


class UnknownVersionError(DataError):
    """The request names a version without vectors."""


@dataclass(frozen=True)
class Filters:
    """Conditions that every recommended video meets; None is no condition.

    Attributes:
        genre: equal to the video's.
        maker: equal to the video's.
        price_max: the video has a price, and none above this one.
        released_since: the video has a release date, at or after this one.
    """

    genre: str | None = None
    maker: str | None = None
    price_max: float | None = None
    released_since: datetime | None = None


@dataclass(frozen=True)
class Request:
    """One question.

    Attributes:
        user_id: UUID as text, in lower case; known or not.
        limit: most videos, 1 to LIMIT_MOST.
        exclude: UUIDs of further videos to leave out, beside those that the user has decided on.
        filters: conditions.
        explain: whether each video names the liked one that lies nearest to it.
        version: the version to answer with, which must have vectors; empty: the arm decides. Such
            an answer is a person's look: it is neither kept as an exposure nor remembered.
    """

    user_id: str
    limit: int = 20
    exclude: frozenset[str] = frozenset()
    filters: Filters = field(default_factory=Filters)
    explain: bool = False
    version: str = ""
