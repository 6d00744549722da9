"""The time that an answer may take, through all its stages."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Deadline", "LateError"]


class LateError(Exception):
    """No time is left for a stage; its message names it."""


class Deadline:
    """Seconds that run from now.

    Args:
        seconds: the whole time.
        clock: monotonic seconds.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._until, self._clock = clock() + seconds, clock

    def left_s(self, stage: str) -> float:
        """Seconds left for a stage.

        Raises:
            LateError: none are.
        """
        left = self._until - self._clock()
        if left <= 0:
            raise LateError(f"no time was left for {stage}")
        return left
