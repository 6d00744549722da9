"""Connections that answers share: each answer has one snapshot, and the time that it has left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, LifoQueue

import psycopg2

from schema.database import Connection, connect, with_statement_timeout
from schema.database_errors import our_errors
from serving.recommender.deadline import Deadline, LateError

__all__ = ["Pool"]

NAME = "two-tower-recommender"


class Pool:
    """At most `size` connections, opened when they are needed; a broken one is dropped.

    Args:
        url: for `schema.database.connect`.
        size: number of connections.
    """

    def __init__(self, url: str, size: int) -> None:
        self._url = url
        self._free: LifoQueue[Connection | None] = LifoQueue()
        for _ in range(size):
            self._free.put(None)

    @contextmanager
    def snapshot(self, deadline: Deadline) -> Iterator[Connection]:
        """A read-only transaction with one snapshot; a statement that takes too long is cancelled.

        Raises:
            LateError: no connection came free, or a statement was cancelled.
            DatabaseError: the server refuses, or is out of reach.
        """
        try:
            kept = self._free.get(timeout=deadline.begin("connection"))
        except Empty:
            raise LateError("no connection came free in time") from None
        connection = kept
        try:
            connection = self._usable(kept)
            with_statement_timeout(connection, deadline.begin("decisions"))
            with our_errors(connection), _cancelled_is_late():
                yield connection
        finally:
            self._give_back(connection)

    def close(self) -> None:
        """Close those that are free."""
        while not self._free.empty():
            connection = self._free.get_nowait()
            if connection is not None:
                connection.close()

    def _usable(self, kept: Connection | None) -> Connection:
        if kept is not None and not kept.closed:
            return kept
        opened = connect(self._url, readonly=True, application_name=NAME)
        opened.isolation_level = "REPEATABLE READ"
        return opened

    def _give_back(self, connection: Connection | None) -> None:
        try:
            if connection is not None and not connection.closed:
                connection.rollback()
        except psycopg2.Error:
            connection = None
        self._free.put(connection)


@contextmanager
def _cancelled_is_late() -> Iterator[None]:
    try:
        yield
    except psycopg2.errors.QueryCanceled:
        raise LateError("the database took too long") from None
