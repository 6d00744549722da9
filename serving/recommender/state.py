"""What the process keeps between answers: copies of versions, catalogue, popularity, experiment."""

from __future__ import annotations

import logging
import time
from itertools import islice
from math import inf
from threading import BoundedSemaphore, Event, Lock, Thread

from releases.additions import lacking_ids
from releases.experiments.registry import Experiment, running
from releases.registry import State as Life
from releases.registry import Version, read_pointer, with_vectors
from releases.vectors import KEYS
from schema.database import Connection
from schema.errors import TwoTowerError
from serving.heap import give_back
from serving.popularity import Popularity
from serving.recommender.answer import Item
from serving.recommender.catalogue import Catalogue, read_catalogue
from serving.recommender.deadline import Deadline, LateError
from serving.recommender.index import VideoIndex, load_index
from serving.recommender.pool import Pool
from serving.recommender.request import Request

__all__ = ["State"]

_LOG = logging.getLogger(__name__)
_ASKED_EVERY_S = 1.0
_REFRESHED_WITHIN_S = 60.0
_SQL_AT_ONCE = 2
"""Searches by SQL at the same time: each takes ten times as long as one in a copy, and a crowd of
them would hold up the loading of the copy that ends them."""
_LACKING_MOST = 1000
"""Rows without a vector that are counted, by side."""
_COMING = {Life.STAGED, Life.CHECKED}


class State:
    """Refreshed in a thread; readers see the last complete one.

    A copy of a version that is about to go live is there before it does: a version is staged some
    seconds before a switch, and the registry is asked every second.

    Args:
        url: for `schema.database.session`.
        every_s: seconds between two refreshes.
        most: videos of a version above which no copy is kept: SQL searches then.
    """

    def __init__(self, url: str, *, every_s: float = 60.0, most: int = 300_000) -> None:
        self._pool, self._every_s, self._most = Pool(url, 1), every_s, most
        self._stop, self._now, self._lock = Event(), Event(), Lock()
        self._indexes: dict[str, VideoIndex] = {}
        self._counted: dict[str, int] = {}
        self._refreshed_at = -inf
        self.sql = BoundedSemaphore(_SQL_AT_ONCE)
        self.catalogue = Catalogue({})
        self.popularity = Popularity()
        self.experiment: Experiment | None = None
        self.versions: list[Version] = []
        self.without_vector: dict[str, int] = {}
        self.live, self.live_since = "", time.time()
        self._thread = Thread(target=self._watch, name="refresh", daemon=True)

    def start(self) -> None:
        """Refresh once, if the database is there, and then in a thread."""
        self._try()
        self._thread.start()

    def close(self) -> None:
        """End the thread, and close its connection."""
        self._stop.set()
        self._now.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        self._pool.close()

    def index(self, version: str, *, load: bool = True) -> VideoIndex | None:
        """The copy of a version; if there is none, SQL must search, and it is loaded soon."""
        found = self._indexes.get(version)
        if found is None and load and not self._is_too_large(version):
            self._now.set()
        return found

    def _is_too_large(self, version: str) -> bool:
        return any(one.version == version and one.videos > self._most for one in self.versions)

    def popular_items(self, request: Request) -> list[Item]:
        """The most liked videos within the request's filters, as of the last refresh."""
        videos = self.catalogue.videos
        found = (
            (video, likes)
            for video, likes in self.popularity.likes.items()
            if video in videos
            and video not in request.exclude
            and videos[video].fits(request.filters)
        )
        return [
            Item(video, rank, float(likes), videos[video].title)
            for rank, (video, likes) in enumerate(islice(found, request.limit), 1)
        ]

    def refresh(self, *, due: bool = True) -> None:
        """Read what has changed.

        Args:
            due: if not, catalogue and popularity are read only where a version has new videos, and
                copies only where others are wanted.

        Raises:
            TwoTowerError, LateError: the database refuses, is out of reach, or takes too long.
        """
        with self._lock, self._pool.snapshot(Deadline(_REFRESHED_WITHIN_S)) as connection:
            wanted = self._read_registry(connection)
            due = due or self._has_new_rows(wanted)
            if due:
                self._read_tables(connection)
            if due or wanted != self._counted or wanted.keys() != self._indexes.keys():
                self._read_copies(connection, wanted)

    def _has_new_rows(self, wanted: dict[str, int]) -> bool:
        return any(self._counted.get(version, rows) != rows for version, rows in wanted.items())

    def _read_tables(self, connection: Connection) -> None:
        self.catalogue = read_catalogue(connection)
        self.popularity.refresh(connection)
        self._refreshed_at = time.monotonic()

    def _read_copies(self, connection: Connection, wanted: dict[str, int]) -> None:
        self._indexes = {v: self._copy(connection, v, rows) for v, rows in wanted.items()}
        self._counted = wanted
        self.without_vector = _without_vector(connection, self.live)
        give_back()

    def _read_registry(self, connection: Connection) -> dict[str, int]:
        """Versions to keep a copy of, with their numbers of videos."""
        self.experiment = running(connection)
        pointer = read_pointer(connection)
        self.versions = with_vectors(connection) if pointer.version else []
        since = pointer.since.timestamp() if pointer.since else time.time()
        self.live, self.live_since = pointer.version, since
        names = {pointer.version} | (self.experiment.versions if self.experiment else set())
        known = {one.version: one.videos for one in self.versions}
        names |= {one.version for one in self.versions[:1] if one.state in _COMING}
        return {v: known[v] for v in sorted(names & known.keys()) if known[v] <= self._most}

    def _copy(self, connection: Connection, version: str, rows: int) -> VideoIndex:
        """The copy that is kept, with new columns; another one if rows were added."""
        kept = self._indexes.get(version)
        if kept is not None and self._counted.get(version) == rows:
            return kept.with_columns(self.catalogue)
        return load_index(connection, version, self.catalogue)

    def _try(self) -> None:
        self._now.clear()  # also if the database is away: else the next try would come at once
        try:
            self.refresh(due=time.monotonic() - self._refreshed_at >= self._every_s)
        except (TwoTowerError, LateError) as error:
            _LOG.warning("not refreshed: %s", error)

    def _watch(self) -> None:
        while not self._stop.is_set():
            self._now.wait(min(self._every_s, _ASKED_EVERY_S))
            if not self._stop.is_set():
                self._try()


def _without_vector(connection: Connection, live: str) -> dict[str, int]:
    """Rows without a vector of the live version, by side."""
    if not live:
        return {}
    return {str(side): len(lacking_ids(connection, side, live, _LACKING_MOST)) for side in KEYS}
