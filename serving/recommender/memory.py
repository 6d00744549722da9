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
    """Items of the last answer to each of the last `most` users, and of the last popular list.

    Args:
        most: number of users.
        clock: monotonic seconds.
    """

    def __init__(self, most: int = 10_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock, self._lock = most, clock, Lock()
        self._kept: OrderedDict[str, tuple[list[Item], float]] = OrderedDict()
        self._popular: tuple[list[Item], float] = ([], clock())

    def keep(self, request: Request, items: list[Item], *, popular: bool) -> None:
        """Remember an answer without filters; with `popular`, for users without one, too."""
        with self._lock:
            now = self._clock()
            self._kept[request.user_id] = (items, now)
            self._kept.move_to_end(request.user_id)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            if popular and len(items) >= len(self._popular[0]):
                self._popular = (items, now)

    def find(self, request: Request) -> Remembered:
        """What is remembered for the user, else popular videos; without the excluded ones."""
        with self._lock:
            items, at = self._kept.get(request.user_id, self._popular)
        kept = [item for item in items if item.video_id not in request.exclude]
        ranked = [replace(item, rank=rank) for rank, item in enumerate(kept[: request.limit], 1)]
        return Remembered(ranked, self._clock() - at)
