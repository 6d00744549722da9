"""Exposures and events on their way to Postgres: a queue and one writing thread."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from queue import Empty, Full, Queue
from threading import Event as Signal
from threading import Thread

from releases.experiments.buckets import CANDIDATE, CONTROL
from releases.experiments.logs import Event, Exposure, log_events, log_exposures
from schema.database import session
from schema.errors import TwoTowerError
from serving.recommender.answer import Answer
from serving.recommender.request import Request

__all__ = ["Log", "exposures_of"]

_LOG = logging.getLogger(__name__)
_AT_ONCE = 5000
_PAUSE_S = 1.0


class Log:
    """Writes in batches; what cannot be written for long is dropped, counted and reported.

    Args:
        url: of a role that may insert.
        most: rows that may wait.
    """

    def __init__(self, url: str, most: int = 100_000) -> None:
        self._url, self._stop = url, Signal()
        self._waiting: Queue[Exposure | Event] = Queue(most)
        self.dropped = 0
        self._thread = Thread(target=self._write_on, name="log", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def put(self, rows: Sequence[Exposure | Event]) -> None:
        """Hand over; returns at once."""
        for row in rows:
            try:
                self._waiting.put_nowait(row)
            except Full:
                self.dropped += 1

    def close(self) -> None:
        """Write what waits, once, and end the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _write_on(self) -> None:
        rows = list[Exposure | Event]()
        while True:
            rows += self._some(_AT_ONCE - len(rows))
            with suppress(TwoTowerError):
                self._write(rows)
                rows = []
            if self._stop.wait(_PAUSE_S) and self._waiting.empty():
                break

    def _some(self, most: int) -> list[Exposure | Event]:
        found = list[Exposure | Event]()
        with suppress(Empty):
            while len(found) < most:
                found.append(self._waiting.get_nowait())
        return found

    def _write(self, rows: Sequence[Exposure | Event]) -> None:
        if not rows:
            return
        try:
            with session(self._url) as connection:
                log_exposures(connection, [row for row in rows if isinstance(row, Exposure)])
                log_events(connection, [row for row in rows if isinstance(row, Event)])
        except TwoTowerError as error:
            _LOG.warning("%d rows of exposures and events wait: %s", len(rows), error)
            raise


def exposures_of(request: Request, answer: Answer, experiment: str | None) -> list[Exposure]:
    """What an answer shows, row by row."""
    now = datetime.now(UTC)
    own = answer.arm if answer.arm in {CONTROL, CANDIDATE} else None
    return [
        Exposure(
            answer.request_id, item.video_id, request.user_id, answer.model_version,
            answer.rung.value, item.rank, now, experiment, item.arm or own,
            item.propensity,
        )
        for item in answer.items
    ]  # fmt: skip
