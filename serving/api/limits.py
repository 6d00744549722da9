"""How many requests a key, or an address, may make."""

from __future__ import annotations

import math
import time

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

__all__ = ["Rate"]


class Rate:
    """One rate for each name, counted in this process; memory does not grow with the rate.

    Args:
        rate: such as `1200/minute`.
    """

    def __init__(self, rate: str) -> None:
        self._item = parse(rate)
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def wait_s(self, name: str) -> int:
        """Counts one request of `name`.

        Returns:
            0 if it is allowed, else whole seconds until one is.
        """
        if self._limiter.hit(self._item, name):
            return 0
        until = self._limiter.get_window_stats(self._item, name).reset_time
        return max(1, math.ceil(until - time.time()))
