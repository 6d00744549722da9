"""Numeric directories below a base path -> loaded versions; loads before it unloads."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Generic, NamedTuple

from serving.model_server.status import StatusError
from serving.model_server.versions import M, Versions, VersionStatus

__all__ = ["Watcher"]

_LOG = logging.getLogger(__name__)
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
Stamp = frozenset[tuple[str, int, int]]


class Found(NamedTuple):
    """A numeric directory, and a stamp of its content before it was loaded."""

    directory: Path
    stamp: Stamp


class Watcher(Generic[M]):
    """Keeps the newest `keep` versions below `base` that load; polls every `poll_s` seconds."""

    def __init__(
        self,
        base: Path,
        versions: Versions[M],
        load: Callable[[Path], M],
        *,
        keep: int = 2,
        poll_s: float = 1.0,
        reload: Callable[[], int] | None = None,
    ) -> None:
        """Nothing is read yet.

        Args:
            base: holds `<version>/saved_model.pb`.
            versions: receives the loaded versions.
            load: loads the model of a version's directory, or raises StatusError.
            keep: number of versions to serve.
            poll_s: seconds between two polls.
            reload: called after each poll; returns the new value of `keep`.
        """
        self._base, self._versions, self._load = base, versions, load
        self._keep, self._poll_s = keep, poll_s
        self._reload = reload or (lambda: keep)
        self._readable = True
        self._refused: dict[int, Stamp] = {}
        self._stop = Event()
        self._thread = Thread(target=self._watch, name="version-watcher", daemon=True)

    def start(self) -> None:
        """Poll once now, then keep polling in a thread."""
        self.poll()
        self._thread.start()

    def stop(self) -> None:
        """End the thread, then unload all versions."""
        self._stop.set()
        self._thread.join()
        for version in self._versions.available():
            self._versions.retire(version)

    def poll(self) -> None:
        """Load new versions, the newest first; only then unload those no longer wanted."""
        self._look()
        self._keep = self._reload()

    def _look(self) -> None:
        found = self._scan()
        if found is None:
            return
        while missing := [v for v in self._wanted(found) if v not in self._versions.available()]:
            self._try(missing[0], found[missing[0]])
        wanted = self._wanted(found)
        if wanted or not found:  # if all are refused, the loaded ones stay
            for version in set(self._versions.available()) - set(wanted):
                self._versions.retire(version)
                _LOG.info("version %d unloaded", version)

    def _watch(self) -> None:
        while not self._stop.wait(self._poll_s):
            self.poll()

    def _scan(self) -> dict[int, Found] | None:
        """The directories by version; None if the base cannot be read, which changes nothing."""
        try:
            children = sorted(self._base.iterdir())
        except OSError as error:
            if self._readable:  # once, not each second
                _LOG.warning("cannot read the base directory: %s", error.strerror)
            self._readable = False
            return None
        self._readable = True
        numeric = [child for child in children if _NUMBER.fullmatch(child.name)]
        return {int(child.name): Found(child, _stamp(child)) for child in numeric}

    def _wanted(self, found: dict[int, Found]) -> list[int]:
        loaded = set(self._versions.available())
        usable = [v for v in found if v in loaded or self._refused.get(v) != found[v].stamp]
        return sorted(usable, reverse=True)[: self._keep]

    def _try(self, version: int, found: Found) -> None:
        self._versions.note(VersionStatus(version, "LOADING"))
        try:
            model = self._load(found.directory)
        except StatusError as error:
            self._refused[version] = found.stamp
            self._versions.note(VersionStatus(version, "END", error.code, error.message))
            _LOG.warning("version %d refused: %s %s", version, error.code.name, error.message)
        else:
            self._versions.publish(version, model)
            _LOG.info("version %d available", version)


def _stamp(directory: Path) -> Stamp:
    """Stamp of the content of `directory`; changes when a file is added, grows or is removed."""
    stamp = set()
    for path in directory.rglob("*"):
        try:
            stat = path.stat()
        except OSError:  # removed since the listing
            continue
        stamp.add((str(path), stat.st_size, stat.st_mtime_ns))
    return frozenset(stamp)
