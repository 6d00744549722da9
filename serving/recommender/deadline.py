"""The time that an answer may take, and what each of its stages took of it."""

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
        self._clock, self._began = clock, clock()
        self._until = self._began + seconds
        self._stage = ""
        self._ended_ms: dict[str, float] = {}

    def begin(self, stage: str) -> float:
        """Begin a stage, which ends the one before.

        Returns:
            Seconds that are left.

        Raises:
            LateError: none are.
        """
        self._ended_ms, now = self.timings_ms, self._clock()
        self._stage, self._began = stage, now
        if now >= self._until:
            raise LateError(f"no time was left for {stage}")
        return self._until - now

    @property
    def timings_ms(self) -> dict[str, float]:
        """Milliseconds by stage, up to now; a stage that began twice counts twice."""
        found = dict(self._ended_ms)
        if self._stage:
            taken = (self._clock() - self._began) * 1000
            found[self._stage] = found.get(self._stage, 0.0) + taken
        return found
