"""Requests at a fixed rate, whatever the answers take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["at_rate"]

T = TypeVar("T")
R = TypeVar("R")


def at_rate(
    requests: Iterable[T], per_second: float, threads: int, ask: Callable[[T, float, float], R]
) -> list[Future[R]]:
    """Ask each when it is due; all have ended on return.

    Args:
        requests: in order.
        per_second: the rate.
        threads: requests that may be under way; beyond it they wait, and their wait counts.
        ask: gets the request, when the first one was due, and when it is due itself, by
            `time.perf_counter`.
    """
    begin = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        asked = []
        for number, request in enumerate(requests):
            due = begin + number / per_second
            time.sleep(max(due - time.perf_counter(), 0))
            asked.append(pool.submit(ask, request, begin, due))
    return asked
