"""The switch: one transaction after which another version is live; its undo; its leftovers."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import psycopg2

from releases.experiments.registry import compared_versions
from releases.mirror import lacks_rows, sync_embeddings_to_db
from releases.registry import State, Version, find, live_version, mark, take_turn, versions
from releases.vectors import KEYS, drop_vectors
from schema.database import Connection
from schema.errors import ReleaseError

__all__ = ["Switched", "fail", "gone_versions", "previous_version", "prune", "sweep", "switch"]

_LOG = logging.getLogger(__name__)

LEFT_AFTER = "1 hour"
"""Age at which a version that was staged and never released counts as left by a dead run."""
_DROP_TIMEOUT = "2s"
_POINT = """
UPDATE two_tower.versions SET state = 'standby' WHERE state = 'live';
UPDATE two_tower.versions SET state = 'live', released_at = now(),
    turn = (SELECT max(turn) + 1 FROM two_tower.versions), figures = figures || %(figures)s
WHERE version = %(version)s;
INSERT INTO two_tower.live (version, previous) VALUES (%(version)s, %(previous)s)
ON CONFLICT (one_row) DO UPDATE SET version = excluded.version, previous = excluded.previous,
    since = now()
"""


@dataclass(frozen=True)
class Switched:
    """What a switch has done.

    Attributes:
        version: the live version.
        previous: the one before; the same if nothing changed; empty if there was none.
        mirrored: rows written to the application's tables.
        seconds: of the transaction's statements.
    """

    version: str
    previous: str
    mirrored: int
    seconds: float


def switch(connection: Connection, version: str, *, mirror: bool) -> Switched:
    """Make the version live, in the caller's transaction; the pointer is set last.

    Where it is live already, only missing rows of the mirror are written again.

    Args:
        connection: its transaction is the release.
        version: checked, or on standby.
        mirror: whether the application's tables become a copy of the version.

    Raises:
        ReleaseError: the version was never staged, is not checked, or has no vectors any more.
    """
    take_turn(connection)
    started = time.monotonic()
    previous = live_version(connection)
    if previous != version:
        _check_state(find(connection, version))
    mirrored = 0
    if mirror and (previous != version or lacks_rows(connection, version)):
        mirrored = sum(sync_embeddings_to_db(connection, side, version) for side in KEYS)
    done = Switched(version, previous, mirrored, round(time.monotonic() - started, 3))
    if previous != version:
        _point(connection, done)
    return done


def _check_state(found: Version) -> None:
    if found.state not in {State.CHECKED, State.STANDBY}:
        why = f" ({found.reason})" if found.reason else ""
        raise ReleaseError(
            f"version {found.version} checked or on standby", f"{found.state}{why}",
            "see `make versions`",
        )  # fmt: skip


def _point(connection: Connection, done: Switched) -> None:
    figures = {"switch": {"mirrored": done.mirrored, "seconds": done.seconds}}
    with connection.cursor() as cursor:
        cursor.execute(_POINT, {**asdict(done), "figures": json.dumps(figures)})


def previous_version(connection: Connection) -> str:
    """The newest version on standby that is older than the live one.

    Raises:
        ReleaseError: there is none.
    """
    live = live_version(connection)
    for one in versions(connection):
        if one.state is State.STANDBY and int(one.version) < int(live):
            return one.version
    raise ReleaseError(
        f"a version on standby, older than {live or 'a live one'}", "none",
        "`make versions` lists those that are kept, `make promote VERSION=` takes any of them",
    )  # fmt: skip


def sweep(connection: Connection) -> list[str]:
    """Fail versions that a dead run has staged, and drop their vectors.

    Returns:
        Their names.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT version FROM two_tower.versions WHERE state = 'staged'"
            " AND created_at < now() - %s::interval",
            (LEFT_AFTER,),
        )
        left = [str(version) for (version,) in cursor]
    return [one for one in left if _drop(connection, one, State.FAILED, "its run did not end")]


def gone_versions(connection: Connection) -> set[str]:
    """Those without vectors: retired and failed."""
    gone = {State.RETIRED, State.FAILED}
    return {one.version for one in versions(connection) if one.state in gone}


def prune(connection: Connection, keep: int) -> list[str]:
    """Retire versions on standby beyond the `keep - 1` that were live last, and overtaken ones.

    A version that was checked and never released is overtaken by a live one with a higher number.
    Versions of a running experiment stay, and one that a reader still uses until the next time.

    Returns:
        The retired versions.
    """
    live = int(live_version(connection) or 0)
    known = versions(connection)
    standby = [one for one in known if one.state is State.STANDBY]
    standby.sort(key=lambda one: one.turn, reverse=True)
    beyond = [one.version for one in standby[max(keep - 1, 0) :]]
    beyond += [v.version for v in known if v.state is State.CHECKED and int(v.version) < live]
    kept = compared_versions(connection)
    return [v for v in beyond if v not in kept and _drop(connection, v, State.RETIRED, "")]


def fail(
    connection: Connection, version: str, reason: str, figures: Mapping[str, object] | None = None
) -> None:
    """Mark a staged version as failed, and drop its vectors."""
    drop_vectors(connection, version)
    mark(connection, version, State.FAILED, reason=reason, figures=figures)


def _drop(connection: Connection, version: str, state: State, reason: str) -> bool:
    """Drop its vectors; False if somebody holds them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SAVEPOINT drop_vectors; SET LOCAL lock_timeout = '{_DROP_TIMEOUT}'")
        try:
            drop_vectors(connection, version)
        except psycopg2.errors.LockNotAvailable:
            cursor.execute("ROLLBACK TO SAVEPOINT drop_vectors")
            _LOG.warning("version %s is still read: its vectors are kept for now", version)
            return False
        cursor.execute("SET LOCAL lock_timeout = 0")
    mark(connection, version, state, reason=reason)
    return True
