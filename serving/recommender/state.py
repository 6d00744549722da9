"""What the process keeps between answers: copies of versions, catalogue, popularity, experiment."""

from __future__ import annotations

import logging
import time
from itertools import islice
from threading import Event, Lock, Thread

from releases.experiments.registry import Experiment, running
from releases.registry import Version, read_pointer, with_vectors
from schema.database import Connection, session
from schema.errors import TwoTowerError
from serving.popularity import Popularity
from serving.recommender.answer import Item
from serving.recommender.catalogue import Catalogue, read_catalogue
from serving.recommender.index import VideoIndex, load_index
from serving.recommender.request import Request

__all__ = ["State"]

_LOG = logging.getLogger(__name__)


class State:
    """Refreshed in a thread; readers see the last complete one.

    Args:
        url: for `schema.database.session`.
        every_s: seconds between two refreshes.
        most: videos of a version above which no copy is kept: SQL searches then.
    """

    def __init__(self, url: str, *, every_s: float = 10.0, most: int = 300_000) -> None:
        self._url, self._every_s, self._most = url, every_s, most
        self._stop, self._now, self._lock = Event(), Event(), Lock()
        self._indexes: dict[str, VideoIndex] = {}
        self._counted: dict[str, int] = {}
        self.catalogue = Catalogue({})
        self.popularity = Popularity()
        self.experiment: Experiment | None = None
        self.versions: list[Version] = []
        self.live, self.live_since = "", time.time()
        self._thread = Thread(target=self._watch, name="refresh", daemon=True)

    def start(self) -> None:
        """Refresh once, if the database is there, and then in a thread."""
        self._try()
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        self._now.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def index(self, version: str, *, load: bool = True) -> VideoIndex | None:
        """The copy of a version; if there is none, SQL must search, and it is loaded soon."""
        found = self._indexes.get(version)
        if found is None and load:
            self._now.set()
        return found

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

    def refresh(self) -> None:
        """Read what has changed.

        Raises:
            TwoTowerError: the database refuses, or is out of reach.
        """
        with self._lock, session(self._url, readonly=True) as connection:
            self.experiment = running(connection)
            pointer = read_pointer(connection)
            self.catalogue = read_catalogue(connection)
            self.popularity.refresh(connection)
            self.versions = with_vectors(connection) if pointer.version else []
            wanted = self._wanted(pointer.version)
            self._indexes = {v: self._copy(connection, v, rows) for v, rows in wanted.items()}
            since = pointer.since.timestamp() if pointer.since else time.time()
            self.live, self.live_since = pointer.version, since

    def _wanted(self, live: str) -> dict[str, int]:
        """Versions to keep a copy of, with their numbers of videos."""
        names = {live} | (self.experiment.versions if self.experiment else set())
        known = {one.version: one.videos for one in self.versions}
        return {v: known[v] for v in sorted(names & known.keys()) if known[v] <= self._most}

    def _copy(self, connection: Connection, version: str, rows: int) -> VideoIndex:
        """The copy that is kept, with new columns; another one if rows were added."""
        kept = self._indexes.get(version)
        if kept is not None and self._counted.get(version) == rows:
            return kept.with_columns(self.catalogue)
        self._counted[version] = rows
        return load_index(connection, version, self.catalogue)

    def _try(self) -> None:
        try:
            self.refresh()
        except TwoTowerError as error:
            _LOG.warning("not refreshed: %s", error)

    def _watch(self) -> None:
        while not self._stop.is_set():
            self._now.wait(self._every_s)
            self._now.clear()
            if not self._stop.is_set():
                self._try()
