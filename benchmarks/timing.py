"""The time of work that is repeated."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["best_seconds"]


def best_seconds(work: Callable[[], object], times: int = 3) -> float:
    """Seconds of the fastest of several calls: what else the machine does only adds to them."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return min(taken)
