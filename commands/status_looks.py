"""What `two-tower status` looks at: database, ML Metadata, service and model server.

Each look is short, and what does not answer is a word in the result, not an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg2

from commands.server_looks import Server, look_at_model_server, look_at_service
from pipeline.local.present import present_database
from pipeline.run_history import PastRun, last_runs
from pipeline.settings import Settings
from releases.additions import lacking_ids
from releases.registry import read_pointer
from releases.vectors import KEYS
from schema.database import Connection, session, with_statement_timeout
from schema.errors import DatabaseError

__all__ = ["COUNTED", "Database", "Status", "look"]

COUNTED = 1000
"""Users, or videos, without a vector: counted up to here."""
RUNS = 5
_WITHIN_S = 0.3
"""Time-out of each statement."""


@dataclass(frozen=True)
class Database:
    """The database's part.

    Attributes:
        problem: why nothing is known; else empty.
        live: the live version; empty if there is none.
        previous: the one that was live before.
        since: when it went live.
        age_s: seconds since then.
        without_vector: by side, users and videos that the live version lacks, at most COUNTED;
            None if they could not be counted in time.
    """

    problem: str = ""
    live: str = ""
    previous: str = ""
    since: datetime | None = None
    age_s: float | None = None
    without_vector: dict[str, int | None] | None = None


@dataclass(frozen=True)
class Status:
    """How things stand."""

    database: Database
    runs: list[PastRun]
    service: Server
    model_server: Server


def look(settings: Settings) -> Status:
    """Now."""
    return Status(
        _database(settings),
        last_runs(settings.metadata, RUNS),
        look_at_service(settings.service_url),
        look_at_model_server(settings.model_server_url),
    )


def _database(settings: Settings) -> Database:
    try:
        with present_database(settings) as url:
            if not url:
                return Database("none yet: `make run` makes one")
            with session(url, readonly=True) as connection:
                with_statement_timeout(connection, _WITHIN_S)
                return _read(connection)
    except DatabaseError as error:
        return Database(str(error))


def _read(connection: Connection) -> Database:
    pointer = read_pointer(connection)
    if pointer.since is None:
        return Database("")
    connection.commit()
    age_s = (datetime.now(UTC) - pointer.since).total_seconds()
    lacking = {f"{side}s": _lacking(connection, side, pointer.version) for side in KEYS}
    return Database("", pointer.version, pointer.previous, pointer.since, round(age_s, 1), lacking)


def _lacking(connection: Connection, side: Any, version: str) -> int | None:
    try:
        return len(lacking_ids(connection, side, version, COUNTED))
    except psycopg2.Error:  # not in time, or no right to read it
        connection.rollback()
        return None
