"""The last good answers, for the time in which Postgres is away."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from threading import Lock
from typing import NamedTuple

from serving.recommender.answer import Item
from serving.recommender.request import Request

__all__ = ["Memory", "Remembered"]


class Remembered(NamedTuple):
    """Items, and the seconds since they were found."""

    items: list[Item]
    age_s: float


class Memory:
    """Items of the last answer to each of the last `most` users.

    Args:
        most: number of users.
        clock: monotonic seconds.
    """

    def __init__(self, most: int = 10_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock, self._lock = most, clock, Lock()
        self._kept: OrderedDict[str, tuple[list[Item], float]] = OrderedDict()

    def keep(self, user_id: str, items: list[Item]) -> None:
        """Remember an answer without filters."""
        with self._lock:
            self._kept[user_id] = (items, self._clock())
            self._kept.move_to_end(user_id)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def find(self, request: Request) -> Remembered | None:
        """What is remembered for the user, without the excluded ones; None for another user."""
        with self._lock:
            found = self._kept.get(request.user_id)
        if found is None:
            return None
        items, at = found
        kept = [item for item in items if item.video_id not in request.exclude]
        ranked = [replace(item, rank=rank) for rank, item in enumerate(kept[: request.limit], 1)]
        return Remembered(ranked, self._clock() - at)
