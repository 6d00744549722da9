"""The experiments: at most one runs at a time. Every write is part of the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from schema.database import Connection
from schema.errors import DataError

__all__ = [
    "Experiment",
    "Kind",
    "change_share",
    "compared_versions",
    "find",
    "running",
    "start",
    "stop",
]

_COLUMNS = "name, kind, control, candidate, share, salt, difference, started_at, stopped_at"
_ONE_BUCKET = Decimal("0.0001")


class Kind(StrEnum):
    """How two versions meet: each user gets one of them, or both in one list."""

    SPLIT = "split"
    INTERLEAVING = "interleaving"


@dataclass(frozen=True)
class Experiment:
    """A control and a candidate.

    Attributes:
        name: the key.
        kind: split or interleaving.
        control: the version that is compared with.
        candidate: the version in question.
        share: of the users, the candidate's; four decimals. Without effect if interleaved.
        salt: the hash's; ASCII.
        difference: relative, in likes for each shown video, that the experiment is meant to find;
            if interleaved, the candidate's part of the credited likes less the control's.
        started_at: in UTC.
        stopped_at: None while it runs.
    """

    name: str
    kind: Kind
    control: str
    candidate: str
    share: Decimal
    salt: str
    difference: float
    started_at: datetime
    stopped_at: datetime | None = None

    @property
    def versions(self) -> set[str]:
        """Control and candidate."""
        return {self.control, self.candidate}


def start(
    connection: Connection,
    name: str,
    control: str,
    candidate: str,
    *,
    share: float | Decimal = 0.5,
    salt: str = "",
    kind: Kind = Kind.SPLIT,
    difference: float = 0.05,
) -> Experiment:
    """Starts an experiment; a salt that is not given is the name, as in GrowthBook.

    Raises:
        DataError: for arguments that make no experiment, and while another one runs.
    """
    _check(name, control, candidate, salt, difference)
    values = (name, kind, control, candidate, checked_share(share), salt or name, difference)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO two_tower.experiments (name, kind, control, candidate, share, salt,"
            " difference) VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
            f" RETURNING {_COLUMNS}",
            values,
        )
        row = cursor.fetchone()
    if row is None:
        raise _taken(connection, name)
    return _experiment(row)


def change_share(connection: Connection, name: str, share: float | Decimal) -> Experiment:
    """Changes the candidate's share of the users to come; who has an arm keeps it.

    Raises:
        DataError: for a share that is none, and for an experiment that does not run.
    """
    return _changed(connection, name, "share = %s", checked_share(share))


def stop(connection: Connection, name: str) -> Experiment:
    """Stops the experiment; everyone gets the live version again.

    Raises:
        DataError: for an experiment that does not run.
    """
    return _changed(connection, name, "stopped_at = clock_timestamp()")


def running(connection: Connection) -> Experiment | None:
    """The experiment that runs; None also in a database without the tables."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('two_tower.experiments') IS NOT NULL")
        if cursor.fetchone() != (True,):
            return None
        cursor.execute(f"SELECT {_COLUMNS} FROM two_tower.experiments WHERE stopped_at IS NULL")
        row = cursor.fetchone()
    return _experiment(row) if row else None


def compared_versions(connection: Connection) -> set[str]:
    """Control and candidate of the experiment that runs; none if none does."""
    found = running(connection)
    return found.versions if found else set()


def find(connection: Connection, name: str) -> Experiment:
    """The experiment of this name.

    Raises:
        DataError: if there is none.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_COLUMNS} FROM two_tower.experiments WHERE name = %s", (name,))
        row = cursor.fetchone()
    if row is None:
        raise DataError("an experiment", f"none of the name {name!r}", "start it, or correct NAME")
    return _experiment(row)


def checked_share(share: float | Decimal) -> Decimal:
    """The share in whole buckets.

    Raises:
        DataError: if it is not between 0 and 1, or has more than four decimals.
    """
    exact = Decimal(str(share))
    if not (exact.is_finite() and 0 < exact < 1 and exact % _ONE_BUCKET == 0):
        raise DataError(
            "a share between 0 and 1 with at most four decimals", str(share), "give one such as 0.5"
        )
    return exact.quantize(_ONE_BUCKET)


def _changed(connection: Connection, name: str, change: str, *values: object) -> Experiment:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE two_tower.experiments SET {change}"
            f" WHERE name = %s AND stopped_at IS NULL RETURNING {_COLUMNS}",
            (*values, name),
        )
        row = cursor.fetchone()
    if row is None:
        raise DataError(
            f"the experiment {name!r} to run", "it does not", "look with `make ab-report`"
        )
    return _experiment(row)


def _check(name: str, control: str, candidate: str, salt: str, difference: float) -> None:
    if not (name and name.isascii() and salt.isascii()):
        raise DataError("a name and a salt in ASCII", f"{name!r}, {salt!r}", "give others")
    if not (control and candidate) or control == candidate:
        got = f"{control!r} and {candidate!r}"
        raise DataError("two versions", got, "name the control's and the candidate's")
    if not 0 < difference < 1:
        raise DataError(
            "a difference between 0 and 1", f"{difference}", "give one such as 0.05, for 5 %"
        )


def _taken(connection: Connection, name: str) -> DataError:
    other = running(connection)
    if other and other.name != name:
        return DataError(
            "no experiment that runs", f"{other.name!r}", f"stop it: make ab-stop NAME={other.name}"
        )
    return DataError("a new name", f"{name!r}, which is taken", "give another name")


def _experiment(row: tuple[object, ...]) -> Experiment:
    name, kind, *rest = row
    return Experiment(str(name), Kind(str(kind)), *rest)  # type: ignore[arg-type]
