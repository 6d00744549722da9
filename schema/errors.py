"""Every error that this project raises on purpose.

TwoTowerError
├── DatabaseError       the source database: absent, refused, or not of the expected shape
│   └── LostConnectionError   it was there and is gone: worth another try
├── DataError           rows or statistics outside the contract
├── NotBlessedError     a gate refused the model; nothing was released
├── ModelServerError    the model server: absent, refused, or of another version
├── ReleaseError        a version that cannot go live, or be kept
└── SetupError          this machine: port, disk, a second run at the same time
    └── LostWorkerError       a process that worked for a node was killed: worth another try
"""

from __future__ import annotations

from typing import Any, Self

__all__ = [
    "DataError",
    "DatabaseError",
    "LostConnectionError",
    "LostWorkerError",
    "ModelServerError",
    "NotBlessedError",
    "ReleaseError",
    "SetupError",
    "TwoTowerError",
]


class TwoTowerError(Exception):
    """One line: expected, got, what to do. Never a password or a user's id.

    Attributes:
        advice: what to do; empty if the whole line was given.
    """

    advice = ""

    def __init__(self, expected: str, got: str, advice: str) -> None:
        self.advice = advice
        super().__init__(f"expected {expected}, got {got}: {advice}")

    @classmethod
    def saying(cls, text: str) -> Self:
        """The error with this whole line, such as one passed on by another process."""
        error = cls.__new__(cls)
        Exception.__init__(error, text)
        return error

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        """Pickle by its line, so that another process can raise it again."""
        return (type(self).saying, (str(self),))


class DatabaseError(TwoTowerError):
    """The source database is absent, refuses, or differs from schema/tables.sql."""


class LostConnectionError(DatabaseError):
    """The server restarts, or the connection broke; another try may succeed."""


class DataError(TwoTowerError):
    """Rows or statistics are outside the contract."""


class NotBlessedError(TwoTowerError):
    """A gate refused the model; nothing was released."""


class ModelServerError(TwoTowerError):
    """The model server is absent, refuses, or serves another version than the index."""


class ReleaseError(TwoTowerError):
    """A version cannot go live; the live one has not changed."""


class SetupError(TwoTowerError):
    """This machine lacks a port, disk space or a free lock."""


class LostWorkerError(SetupError):
    """A process that worked for a node has been killed; the node may be tried again."""
