"""What the service asks of a recommender."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from releases.experiments.logs import Event
from releases.registry import Version
from serving.recommender.answer import Answer
from serving.recommender.health import Health
from serving.recommender.request import Request

__all__ = ["Recommender"]


class Recommender(Protocol):
    """Safe to use from many threads. An outage of a known kind is a lower rung, not an error."""

    def recommend(self, request: Request) -> Answer:
        """The answer to one question.

        Raises:
            UnknownVersionError: it names a version that is not one of `versions`.
            DatabaseError: nothing can be said.
        """

    def recommend_many(self, requests: Sequence[Request]) -> list[Answer]:
        """The answers, in the order of the questions; raises as `recommend` does."""

    def versions(self) -> list[Version]:
        """Versions that a request may name, the newest first."""

    def similar(self, video_id: str, limit: int) -> Answer:
        """The videos nearest to this one.

        Raises:
            DataError: no such video.
            DatabaseError: nothing can be said.
        """

    def health(self) -> Health:
        """One look at what it stands on; never raises."""

    def log_events(self, events: Sequence[Event]) -> None:
        """Keeps what users did; one neither clicked nor dwelt on was only shown."""

    def sample_users(self, limit: int) -> list[str]:
        """UUIDs of the users with the most decisions."""

    def liked_titles(self, user_id: str, limit: int) -> list[str]:
        """Titles of the newest likes of a user; empty for an unknown one."""

    def close(self) -> None:
        """Ends its threads and connections."""
