"""Requests at a fixed rate, whatever the answers take, or one after the other on each connection.

At a fixed rate a latency runs from the moment at which the request was due, so that a service that
stops answers late for all that were due meanwhile (coordinated omission: Gil Tene, 2013).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
import urllib3

from benchmarks.rate import at_rate

__all__ = ["Reply", "closed_loop", "open_loop", "percentiles"]

CONNECTIONS = 64
"""Requests of an open loop that may be under way; beyond it they wait, and their wait counts."""


class Reply(NamedTuple):
    """What came of one request.

    Attributes:
        at_s: when it was due, in seconds from the beginning.
        ms: milliseconds until the whole answer was there.
        status: of HTTP; 0 if the connection failed.
        path: what was asked.
        answer: the document.
    """

    at_s: float
    ms: float
    status: int
    path: str
    answer: dict[str, Any]


Take = Callable[[Reply], None]


def open_loop(root: str, paths: Iterable[str], per_second: float, take: Take) -> None:
    """Ask each path when it is due; `take` gets each reply, in a thread of the load."""
    http = urllib3.PoolManager(maxsize=CONNECTIONS, block=True, retries=False, timeout=60.0)

    def ask(path: str, begin: float, due: float) -> None:
        _ask(http, root, path, begin, due, take)

    at_rate(paths, per_second, CONNECTIONS, ask)


def closed_loop(root: str, paths: Iterator[str], connections: int, take: Take) -> float:
    """Ask on so many connections, each as soon as it is answered; requests answered in a second."""
    http = urllib3.PoolManager(maxsize=connections, block=True, retries=False, timeout=60.0)
    begin, asked = time.perf_counter(), list(paths)

    def one(path: str) -> None:
        _ask(http, root, path, begin, time.perf_counter(), take)

    with ThreadPoolExecutor(connections) as threads:
        list(threads.map(one, asked))
    return len(asked) / (time.perf_counter() - begin)


def percentiles(replies: Iterable[Reply], *wanted: float) -> list[float]:
    """Percentiles of the latencies, in milliseconds."""
    return [float(ms) for ms in np.percentile([reply.ms for reply in replies], wanted)]


def _ask(
    http: urllib3.PoolManager, root: str, path: str, begin: float, due: float, take: Take
) -> None:
    status, answer = 0, b"{}"
    with suppress(urllib3.exceptions.HTTPError):
        reply = http.request("GET", root + path)
        status, answer = reply.status, reply.data
    ms = (time.perf_counter() - due) * 1000
    take(Reply(due - begin, ms, status, path, json.loads(answer)))
