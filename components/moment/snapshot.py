"""Export of a snapshot for other connections, and a test of it: not every pooler allows it."""

from __future__ import annotations

from schema.database import Connection
from schema.pooling import ask_within

__all__ = ["export_snapshot", "is_joinable"]

_JOIN = "BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT '{}'; SELECT 1"


def export_snapshot(connection: Connection) -> str:
    """Begin a transaction and return its snapshot, which is valid until the transaction ends."""
    connection.rollback()
    connection.set_session(isolation_level="REPEATABLE READ")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone() or ("",)
        return str(snapshot)


def is_joinable(url: str, snapshot: str, within_s: float) -> bool:
    """Whether a second connection can join the snapshot within that time.

    It cannot if a pooler has no free connection, or leads to another server.
    """
    return ask_within(url, _JOIN.format(snapshot), within_s) is not None
