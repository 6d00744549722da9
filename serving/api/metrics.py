"""Counts and times of this process, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from serving.api.queue import Places
from serving.recommender.answer import Answer
from serving.recommender.health import Health

__all__ = ["Metrics"]

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


class Metrics:
    """A registry for each application; safe to use from many threads."""

    def __init__(self, places: Places) -> None:
        own = self._registry = CollectorRegistry()
        self._requests = Counter(
            "two_tower_requests", "Requests, by route and status", ["route", "status"], registry=own
        )
        self._seconds = Histogram(
            "two_tower_request_seconds", "Seconds of a request, waiting included", ["route"],
            buckets=_SECONDS, registry=own,
        )  # fmt: skip
        self._answers = Counter("two_tower_answers", "Answers, by rung", ["rung"], registry=own)
        self._stages = Histogram(
            "two_tower_stage_seconds", "Seconds of an answer's stage", ["stage"],
            buckets=_SECONDS, registry=own,
        )  # fmt: skip
        self._up = Gauge(
            "two_tower_dependency_up", "1: it works; 0: its breaker is open, or it is absent",
            ["dependency"], registry=own,
        )  # fmt: skip
        self._age = Gauge("two_tower_live_age_seconds", "Seconds since the switch", registry=own)
        self._videos = Gauge(
            "two_tower_index_videos", "Videos in this process's index", registry=own
        )
        self._without = Gauge(
            "two_tower_rows_without_vector", "Users and videos without one, 1000 at most",
            ["side"], registry=own,
        )  # fmt: skip
        queue = Gauge("two_tower_queue", "Requests that wait or work", ["state"], registry=own)
        queue.labels("waiting").set_function(lambda: places.waiting)
        queue.labels("working").set_function(lambda: places.working)

    def request(self, route: str, status: int, seconds: float) -> None:
        """One request was answered; `route` has no values in it, so that the page is bounded."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def answered(self, answers: Iterable[Answer]) -> None:
        """These answers were given."""
        for answer in answers:
            self._answers.labels(answer.rung.value).inc()
            self._timed(answer.timings_ms)

    def _timed(self, timings_ms: Mapping[str, float]) -> None:
        for stage, ms in timings_ms.items():
            self._stages.labels(stage).observe(ms / 1e3)

    def page(self, health: Health) -> bytes:
        """Everything, in Prometheus' text format."""
        for name, wrong in health.dependencies.items():
            self._up.labels(name).set(not wrong)
        self._age.set(health.live_age_s)
        self._videos.set(health.index_videos)
        for side, rows in health.without_vector.items():
            self._without.labels(side).set(rows)
        return generate_latest(self._registry)
