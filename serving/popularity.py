"""The most liked videos by the query of the run's popularity, counted once for many answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator

from schema.database import Connection
from schema.queries import FIRST_ID, LAST_ID, popularity_now
from schema.table_keys import tables_without_key

__all__ = ["Popularity"]


class Popularity:
    """Counts all likes, which reads every decision, and keeps the order for some minutes.

    Args:
        keep_s: seconds that a count is kept; 0 counts for each answer.
        clock: monotonic seconds.
    """

    def __init__(self, keep_s: float = 600.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._keep_s, self._clock = keep_s, clock
        self._counted_at = -float("inf")
        self._likes: dict[str, int] = {}

    @property
    def age_s(self) -> float:
        """Seconds since the last count."""
        return self._clock() - self._counted_at

    @property
    def likes(self) -> dict[str, int]:
        """Likes by video id as last counted, in descending order."""
        return self._likes

    def refresh(self, connection: Connection) -> None:
        """Count again, if the last count is too old."""
        if self.age_s >= self._keep_s:
            self._likes = _count(connection)
            self._counted_at = self._clock()

    def without(self, connection: Connection, seen: Collection[str]) -> Iterator[tuple[str, int]]:
        """Ids of all unseen videos with their counts of likes, the most liked first."""
        self.refresh(connection)
        return ((video, likes) for video, likes in self._likes.items() if video not in seen)


def _count(connection: Connection) -> dict[str, int]:
    """Likes by video id, in descending order; ties by id, as in the gate."""
    query = popularity_now(tables_without_key(connection))
    with connection.cursor() as cursor:
        cursor.execute(query, {"first_id": FIRST_ID, "last_id": LAST_ID})
        counted = [(str(video), int(likes)) for video, likes, _ in cursor]
    return dict(sorted(counted, key=lambda row: (-row[1], row[0])))
