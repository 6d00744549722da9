"""Counts of requests and loads, by TensorFlow Serving's names, in Prometheus' text format."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate
from pathlib import Path
from threading import Lock
from typing import TypeVar

from serving.model_server.routes import Route
from serving.model_server.status import Code

__all__ = ["Metrics"]

T = TypeVar("T")
Labels = tuple[tuple[str, str], ...]
_REQUESTS = ":tensorflow:serving:request_count"
_LATENCY = ":tensorflow:serving:request_latency"
_LOADS = ":tensorflow:cc:saved_model:load_attempt_count"
_LIMITS_US = [10 * 1.8**i for i in range(33)]
"""Upper limits of the buckets, from 10 µs to some 24 minutes."""


class _Histogram:
    """Times in µs: their count in each bucket, the last one open, and their sum."""

    def __init__(self) -> None:
        self._counts = [0] * (len(_LIMITS_US) + 1)
        self._sum = 0

    def add(self, value: int) -> None:
        self._counts[bisect_left(_LIMITS_US, value)] += 1
        self._sum += value

    def lines(self, labels: Labels) -> Iterator[str]:
        limits = [*(f"{limit:g}" for limit in _LIMITS_US), "+Inf"]
        for limit, count in zip(limits, accumulate(self._counts), strict=True):
            yield _line(f"{_LATENCY}_bucket", (*labels, ("le", limit)), count)
        yield _line(f"{_LATENCY}_sum", labels, self._sum)
        yield _line(f"{_LATENCY}_count", labels, sum(self._counts))


class Metrics:
    """Counts of this process's replies and loads; safe to use from many threads."""

    def __init__(self, name: str) -> None:
        """`name` is the model's; requests for other models are counted under an empty name.

        The original keeps a line for every requested name, so that its page grows without limit.
        """
        self._name = name
        self._lock = Lock()
        self._requests: Counter[Labels] = Counter()
        self._latency: dict[Labels, _Histogram] = {}
        self._loads: Counter[Labels] = Counter()

    def record(self, route: Route | None, code: Code, seconds: float) -> None:
        """Count a request with its reply's code and its seconds; route None: it was malformed."""
        name = self._name if route and route.name == self._name else ""
        api = route.action if route and route.action in {"predict", "classify", "regress"} else ""
        model = ("model_name", name)
        with self._lock:
            self._requests[(model, ("status", code.name))] += 1
            if code is Code.OK:
                labels = (model, ("API", api), ("entrypoint", "REST"))
                self._latency.setdefault(labels, _Histogram()).add(round(seconds * 1e6))

    def counted(self, load: Callable[[Path], T]) -> Callable[[Path], T]:
        """`load`, with its calls counted by directory and outcome."""

        def counting(directory: Path) -> T:
            status = "fail"
            try:
                model = load(directory)
                status = "success"
                return model
            finally:
                with self._lock:
                    self._loads[(("model_path", str(directory)), ("status", status))] += 1

        return counting

    def text(self) -> str:
        """All metrics as a page."""
        with self._lock:
            lines = [
                *_counter(_REQUESTS, self._requests),
                f"# TYPE {_LATENCY} histogram",
                *(line for labels, h in self._latency.items() for line in h.lines(labels)),
                *_counter(_LOADS, self._loads),
            ]
        return "\n".join([*lines, ""])


def _counter(name: str, counts: Mapping[Labels, int]) -> Iterator[str]:
    yield f"# TYPE {name} counter"
    yield from (_line(name, labels, count) for labels, count in counts.items())


def _line(name: str, labels: Labels, value: int) -> str:
    words = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
    return f"{name}{{{words}}} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
