"""What lies between us and Postgres: nothing, or a pooler, which lends its connections."""

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
    with our_errors(), closing(connect(url, readonly=True)) as first:
        before = _server_process(first)
        if before == first.info.backend_pid:
            return Pooling.DIRECT
        first.rollback()
        second = ask_within(url, _ASK, _PATIENCE_S)
        is_lent = second == (before,) or _server_process(first) != before
        return Pooling.TRANSACTION if is_lent else Pooling.SESSION


def ask_within(url: str, statement: str, within_s: float) -> tuple[Any, ...] | None:
    """The first row of a statement's answer on a new connection, in its own transaction.

    None where it does not come in time: a pooler that has no connection to spare lets its client
    wait for minutes.
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
