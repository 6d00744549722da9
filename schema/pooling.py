"""Detection of a connection pooler in front of Postgres, and of its mode."""

from __future__ import annotations

import select
import time
from contextlib import closing
from enum import StrEnum
from typing import Any

import psycopg2
from psycopg2 import extensions

from schema.database import Connection, connect
from schema.database_errors import our_errors

__all__ = ["Pooling", "ask_within", "pooling_of"]

_ASK = "SELECT pg_backend_pid()"
_PATIENCE_S = 5.0


class Pooling(StrEnum):
    """Kind of connection; the value is its name in messages."""

    DIRECT = "direct connection"
    SESSION = "pooler in session mode"
    TRANSACTION = "pooler in transaction mode"


def pooling_of(url: str) -> Pooling:
    """The kind of connection at a URL, determined by opening two.

    A pooler reports a process number of its own in place of the server's. In transaction mode the
    server process of an idle client serves another client, in session mode it does not.

    Raises:
        DatabaseError: as `connect` does.
    """
    with our_errors(), closing(connect(url, readonly=True)) as first:
        before = _server_process(first)
        if before == first.info.backend_pid:
            return Pooling.DIRECT
        first.rollback()
        second = ask_within(url, _ASK, _PATIENCE_S)
        is_lent = second == (before,) or _server_process(first) != before
        return Pooling.TRANSACTION if is_lent else Pooling.SESSION


def ask_within(url: str, statement: str, within_s: float) -> tuple[Any, ...] | None:
    """The first row of a statement's result, on a new connection and in its own transaction.

    None on a time-out: a pooler without a free connection keeps its client waiting for minutes.
    """
    deadline = time.monotonic() + within_s
    try:
        with closing(psycopg2.connect(url.strip(), async_=True)) as connection:
            if not _is_done(connection, deadline):
                return None
            cursor = connection.cursor()
            cursor.execute(statement)
            return cursor.fetchone() if _is_done(connection, deadline) else None
    except psycopg2.Error:
        return None


def _server_process(connection: Connection) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_ASK)
        (number,) = cursor.fetchone() or (0,)
    return int(number)


def _is_done(connection: Connection, deadline: float) -> bool:
    while (state := connection.poll()) != extensions.POLL_OK:
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        reads = [connection] if state == extensions.POLL_READ else []
        writes = [connection] if state == extensions.POLL_WRITE else []
        select.select(reads, writes, [], left)
    return True
