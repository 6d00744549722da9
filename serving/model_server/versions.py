"""Which versions there are, in which state, and who is using them."""

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
    """All that this file asks of a model."""

    def close(self) -> None:
        """Free what the model holds."""


M = TypeVar("M", bound=Closable)


@dataclass(frozen=True)
class VersionStatus:
    """One line of the status list; it outlives its model for the life of the process."""

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
        """All that were ever seen, the highest version first."""
        with self._changed:
            return sorted(self._statuses.values(), key=lambda s: s.version, reverse=True)

    def available(self) -> list[int]:
        """What can be used now, the highest version first."""
        with self._changed:
            return sorted(self._models, reverse=True)

    def note(self, status: VersionStatus) -> None:
        """Write `status` into the list."""
        with self._changed:
            self._statuses[status.version] = status

    def publish(self, version: int, model: M) -> None:
        """From now on `version` can be used; the highest one answers who names none."""
        with self._changed:
            self._models[version] = model
            self._users[version] = 0
            self._statuses[version] = VersionStatus(version, "AVAILABLE")

    def retire(self, version: int) -> None:
        """Let nobody in, wait until everybody is out, then close the model."""
        with self._changed:
            model = self._models.pop(version)
            self._statuses[version] = VersionStatus(version, "UNLOADING")
            self._changed.wait_for(lambda: self._users[version] == 0)
        model.close()
        self.note(VersionStatus(version, "END"))

    def assign(self, labels: Mapping[str, int]) -> None:
        """From now on these are the labels, and no others.

        Raises:
            StatusError: one of them names a version that cannot be used now; the old ones stay.
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
            StatusError: none has.
        """
        with self._changed:
            if name != self.name or label not in self._labels:
                raise invalid(f"Unrecognized servable version label: {label}")
            return self._labels[label]

    @contextmanager
    def use(self, name: str, version: int | None) -> Iterator[tuple[int, M]]:
        """Hold a version, the highest if None is named: it is not closed meanwhile.

        Raises:
            StatusError: there is no such model or version now.
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
