"""A server that did not answer is left alone for some seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

__all__ = ["Outage"]


class Outage:
    """Whether a server counts as down; safe to use from many threads.

    Args:
        down_for_s: how long after a failure. Then one caller is let through at a time, each for
            as long again.
        clock: seconds that never run backwards.
    """

    def __init__(self, down_for_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._down_for_s, self._clock = down_for_s, clock
        self._until: float | None = None
        self._lock = Lock()

    def begin(self) -> None:
        """The server did not answer."""
        with self._lock:
            self._until = self._clock() + self._down_for_s

    def end(self) -> None:
        """The server answered, whatever it said."""
        with self._lock:
            self._until = None

    def is_on(self) -> bool:
        """Whether not to ask; False once in a while to a caller who finds out for all."""
        with self._lock:
            if self._until is None:
                return False
            if self._clock() < self._until:
                return True
            self._until = self._clock() + self._down_for_s
            return False
