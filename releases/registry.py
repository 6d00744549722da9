r"""The registry of versions, `two_tower.versions`, and the pointer row that names the live one.

    staged -> checked -> live <-> standby -> retired
         \-> failed <-/

A version's vectors are in tables of its own until it is retired or failed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from psycopg2.extras import RealDictCursor

from schema.database import Connection
from schema.errors import ReleaseError
from schema.query import sql_file

__all__ = [
    "Pointer",
    "State",
    "Version",
    "add_figures",
    "find",
    "live_version",
    "mark",
    "read_pointer",
    "take_turn",
    "versions",
    "was_live",
    "with_vectors",
]

_LIVE_VERSION = sql_file("serving/live_version").text
_TURN_S = 60


class State(StrEnum):
    """The life of a version.

    Attributes:
        STAGED: its vectors are complete; nobody sees them.
        CHECKED: every check has passed.
        LIVE: the pointer names it.
        STANDBY: it was live, and is kept for a rollback.
        RETIRED: it was live; its vectors are gone.
        FAILED: a check failed, or its run ended early; its vectors are gone.
    """

    STAGED = "staged"
    CHECKED = "checked"
    LIVE = "live"
    STANDBY = "standby"
    RETIRED = "retired"
    FAILED = "failed"


@dataclass(frozen=True)
class Version:
    """One row of the registry.

    Attributes:
        version: digits.
        state: where it is in its life.
        created_at: when it was staged.
        released_at: when it last went live; None if it never did.
        turn: number of that release; 0 if there was none.
        users: rows of its user vectors.
        videos: rows of its video vectors.
        bytes: size of both tables with their indexes.
        figures: by gate or check: what decided.
        lineage: what made it.
        reason: why it failed; else empty.
    """

    version: str
    state: State
    created_at: datetime
    released_at: datetime | None
    turn: int
    users: int
    videos: int
    bytes: int
    figures: dict[str, Any]
    lineage: dict[str, Any]
    reason: str


def take_turn(connection: Connection) -> None:
    """Hold the release lock until the transaction ends; waits for another release at most 60 s.

    Raises:
        psycopg2.errors.LockNotAvailable: another release holds it for longer.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{_TURN_S}s'")
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('two_tower.releases'))")
        cursor.execute("SET LOCAL lock_timeout = 0")


class Pointer(NamedTuple):
    """The pointer row.

    Attributes:
        version: the live version; empty if there is none, or no registry.
        previous: the one that was live before; empty if there was none.
        since: when it went live; None if none is.
    """

    version: str = ""
    previous: str = ""
    since: datetime | None = None


def live_version(connection: Connection) -> str:
    """The version that the pointer names; empty if there is none."""
    return read_pointer(connection).version


def read_pointer(connection: Connection) -> Pointer:
    """The pointer row; empty if there is none, or no registry."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('two_tower.live')")
        if cursor.fetchone() == (None,):
            return Pointer()
        cursor.execute(_LIVE_VERSION)
        found = cursor.fetchone()
    return Pointer(*found) if found else Pointer()


def was_live(connection: Connection, version: str) -> bool:
    """Whether it is live, or was and is kept: a run does not release it again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state IN ('live', 'standby') FROM two_tower.versions WHERE version = %s",
            (version,),
        )
        return cursor.fetchone() == (True,)


def versions(connection: Connection) -> list[Version]:
    """Every version that was ever staged, the newest first."""
    with connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute("SELECT * FROM two_tower.versions ORDER BY version::bigint DESC")
        return [Version(**{**row, "state": State(row["state"])}) for row in cursor]


def with_vectors(connection: Connection) -> list[Version]:
    """Those whose vectors are kept, the newest first."""
    gone = {State.RETIRED, State.FAILED}
    return [one for one in versions(connection) if one.state not in gone]


def find(connection: Connection, version: str) -> Version:
    """One version.

    Raises:
        ReleaseError: it was never staged.
    """
    known = versions(connection)
    found = next((one for one in known if one.version == version), None)
    if found is None:
        there = ", ".join(one.version for one in known) or "none"
        raise ReleaseError(f"a version among {there}", version, "see `make versions`")
    return found


def add_figures(connection: Connection, version: str, figures: Mapping[str, object]) -> None:
    """Add to the figures of a version; nothing if the registry, or the version, is not there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('two_tower.versions')")
        if cursor.fetchone() != (None,):
            cursor.execute(
                "UPDATE two_tower.versions SET figures = figures || %s WHERE version = %s",
                (json.dumps(figures), version),
            )


def mark(
    connection: Connection,
    version: str,
    state: State,
    *,
    reason: str = "",
    figures: Mapping[str, object] | None = None,
) -> None:
    """Set the state of a version, and add figures to those that it has.

    Only a switch may make it live: releases/switch.py.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE two_tower.versions SET state = %s, reason = %s, figures = figures || %s"
            " WHERE version = %s",
            (state, reason, json.dumps(figures or {}), version),
        )
