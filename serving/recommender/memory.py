"""The last good answers, for the time in which Postgres is away."""

from __future__ import annotations

import time
from array import array
from collections import OrderedDict
from collections.abc import Callable
from sys import intern
from threading import Lock
from typing import NamedTuple

from serving.recommender.answer import Item
from serving.recommender.request import Request

__all__ = ["Memory", "Remembered"]


class Remembered(NamedTuple):
    """Items, and the seconds since they were found."""

    items: list[Item]
    age_s: float


class _Kept(NamedTuple):
    """An answer in a fifth of its items' memory; equal texts are one."""

    videos: tuple[str, ...]
    titles: tuple[str, ...]
    scores: array[float]
    at: float


class Memory:
    """Items of the last answer to each of the last `most` users.

    Args:
        most: number of users.
        clock: monotonic seconds.
    """

    def __init__(self, most: int = 10_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock, self._lock = most, clock, Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def keep(self, user_id: str, items: list[Item]) -> None:
        """Remember an answer without filters."""
        kept = _Kept(
            tuple(intern(item.video_id) for item in items),
            tuple(intern(item.title) for item in items),
            array("d", (item.score for item in items)),
            self._clock(),
        )
        with self._lock:
            self._kept[user_id] = kept
            self._kept.move_to_end(user_id)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def find(self, request: Request) -> Remembered | None:
        """What is remembered for the user, without the excluded ones; None for another user."""
        with self._lock:
            found = self._kept.get(request.user_id)
        if found is None:
            return None
        places = zip(found.videos, found.titles, found.scores, strict=True)
        left = [place for place in places if place[0] not in request.exclude]
        items = [
            Item(video, rank, score, title)
            for rank, (video, title, score) in enumerate(left[: request.limit], 1)
        ]
        return Remembered(items, self._clock() - found.at)
