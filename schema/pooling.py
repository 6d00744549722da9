"""What lies between us and Postgres: nothing, or a pooler, which lends its connections."""

from __future__ import annotations

from contextlib import closing
from enum import StrEnum

from schema.database import Connection, connect

__all__ = ["Pooling", "pooling_of"]


class Pooling(StrEnum):
    """As a message names it."""

    DIRECT = "direct connection"
    SESSION = "pooler in session mode"
    TRANSACTION = "pooler in transaction mode"


def pooling_of(url: str) -> Pooling:
    """Found out by two connections.

    A pooler answers with a process number of its own. In transaction mode the server process of a
    client that is idle serves another client; in session mode never.

    Raises:
        DatabaseError: as of `connect`.
    """
    with closing(connect(url, readonly=True)) as first:
        before = _server_process(first)
        if before == first.info.backend_pid:
            return Pooling.DIRECT
        first.rollback()
        with closing(connect(url, readonly=True)) as second:
            lent = _server_process(second) == before
            moved = _server_process(first) != before
        return Pooling.TRANSACTION if lent or moved else Pooling.SESSION


def _server_process(connection: Connection) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (number,) = cursor.fetchone() or (0,)
    return int(number)
