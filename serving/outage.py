"""Circuit breaker: a server that did not answer gets no request for some seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

__all__ = ["Outage"]


class Outage:
    """Whether a server counts as down; safe to use from many threads.

    Args:
        down_for_s: seconds after a failure in which no caller may try. Then one caller may, and
            another after each further `down_for_s`.
        clock: monotonic seconds.
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
        """The server answered, with any status."""
        with self._lock:
            self._until = None

    def is_on(self) -> bool:
        """Whether the caller must not try; False for one caller in each `down_for_s`."""
        with self._lock:
            if self._until is None:
                return False
            if self._clock() < self._until:
                return True
            self._until = self._clock() + self._down_for_s
            return False
