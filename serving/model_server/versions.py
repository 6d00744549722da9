"""Versions of a model with their states, labels and users."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition
from typing import Generic, Literal, Protocol, TypeVar

from serving.model_server.status import Code, StatusError, invalid

__all__ = ["Closable", "State", "VersionStatus", "Versions"]

State = Literal["LOADING", "AVAILABLE", "UNLOADING", "END"]


class Closable(Protocol):
    """The part of a model that this file needs."""

    def close(self) -> None:
        """Free the model's resources."""


M = TypeVar("M", bound=Closable)


@dataclass(frozen=True)
class VersionStatus:
    """One entry of the status list; kept until the process ends, even if the model is unloaded."""

    version: int
    state: State
    code: Code = Code.OK
    message: str = ""


class Versions(Generic[M]):
    """The versions of one model; safe to use from many threads."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._statuses: dict[int, VersionStatus] = {}
        self._models: dict[int, M] = {}
        self._users: dict[int, int] = {}
        self._labels: dict[str, int] = {}
        self._changed = Condition()

    def statuses(self) -> list[VersionStatus]:
        """Statuses of all versions ever seen, the highest version first."""
        with self._changed:
            return sorted(self._statuses.values(), key=lambda s: s.version, reverse=True)

    def available(self) -> list[int]:
        """Versions that are loaded now, the highest first."""
        with self._changed:
            return sorted(self._models, reverse=True)

    def note(self, status: VersionStatus) -> None:
        """Add `status` to the list, or replace its version's."""
        with self._changed:
            self._statuses[status.version] = status

    def publish(self, version: int, model: M) -> None:
        """Make `version` available; the highest one serves requests without a version."""
        with self._changed:
            self._models[version] = model
            self._users[version] = 0
            self._statuses[version] = VersionStatus(version, "AVAILABLE")

    def retire(self, version: int) -> None:
        """Accept no new request, wait for those under way, then close the model."""
        with self._changed:
            model = self._models.pop(version)
            self._statuses[version] = VersionStatus(version, "UNLOADING")
            self._changed.wait_for(lambda: self._users[version] == 0)
        model.close()
        self.note(VersionStatus(version, "END"))

    def assign(self, labels: Mapping[str, int]) -> None:
        """Replace all labels by these.

        Raises:
            StatusError: one of them names a version that is not loaded; the old labels stay.
        """
        with self._changed:
            for version in labels.values():
                if version not in self._models:
                    raise StatusError(
                        Code.FAILED_PRECONDITION,
                        f"Request to assign label to version {version} of model {self.name}, "
                        "which is not currently available for inference",
                    )
            self._labels = dict(labels)

    def labelled(self, name: str, label: str) -> int:
        """The version that has the label.

        Raises:
            StatusError: there is none.
        """
        with self._changed:
            if name != self.name or label not in self._labels:
                raise invalid(f"Unrecognized servable version label: {label}")
            return self._labels[label]

    @contextmanager
    def use(self, name: str, version: int | None) -> Iterator[tuple[int, M]]:
        """Hold a version, the highest for None, so that it is not closed during the block.

        Yields:
            The version and its model.

        Raises:
            StatusError: no such model or version is loaded.
        """
        held, model = self._enter(name, version)
        try:
            yield held, model
        finally:
            with self._changed:
                self._users[held] -= 1
                self._changed.notify_all()

    def _enter(self, name: str, version: int | None) -> tuple[int, M]:
        with self._changed:
            wanted = max(self._models, default=-1) if version is None else version
            if name != self.name or wanted not in self._models:
                spec = f"Latest({name})" if version is None else f"Specific({name}, {version})"
                raise StatusError(Code.NOT_FOUND, f"Servable not found for request: {spec}")
            self._users[wanted] += 1
            return wanted, self._models[wanted]
