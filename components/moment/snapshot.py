"""A snapshot that other connections join: exported, and tried, since not every pooler allows it."""

from __future__ import annotations

import select
import time

import psycopg2
from psycopg2 import extensions

from schema.database import Connection

__all__ = ["export_snapshot", "is_joinable"]

_JOIN = "BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT '{}'; SELECT 1; ROLLBACK"
_WAITS = {extensions.POLL_READ: ([True], []), extensions.POLL_WRITE: ([], [True])}


def export_snapshot(connection: Connection) -> str:
    """The snapshot of a transaction that begins now; it lasts as long as that transaction."""
    connection.rollback()
    connection.set_session(isolation_level="REPEATABLE READ")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone() or ("",)
        return str(snapshot)


def is_joinable(url: str, snapshot: str, within_s: float) -> bool:
    """Whether a second connection sees the snapshot within that time.

    It does not where a pooler has no connection to spare, or leads elsewhere.
    """
    deadline = time.monotonic() + within_s
    try:
        connection = psycopg2.connect(url.strip(), async_=True)
    except psycopg2.Error:
        return False
    try:
        if not _is_done(connection, deadline):
            return False
        connection.cursor().execute(_JOIN.format(snapshot))
        return _is_done(connection, deadline)
    except psycopg2.Error:
        return False
    finally:
        connection.close()


def _is_done(connection: Connection, deadline: float) -> bool:
    while (state := connection.poll()) != extensions.POLL_OK:
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        reads, writes = ([connection] if ends else [] for ends in _WAITS[state])
        select.select(reads, writes, [], left)
    return True
