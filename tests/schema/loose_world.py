"""The toy world without a single constraint, as views of a foreign database have none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from schema import queries
from schema.database import Connection
from schema.source_tables import expected_tables
from schema.table_keys import tables_without_key
from schema.windows import WindowRule, resolve_windows
from serving.user_features import batch_user_features
from tests.schema.random_world import ask
from tests.toy_world import ToyWorld, fill

__all__ = ["application_rows", "everything_read", "fill_loosely", "trial"]

SAMPLING = {"seed": 7, "ratio": 2, "alpha": 0.75, "tries": 10, "large_genres": 8}
QUERIES = (
    (queries.DECISIONS, "train"), (queries.DECISIONS, "valid"), (queries.EVAL_PAIRS, "eval"),
    (queries.CATALOGUE, "all"), (queries.USERS, "all"),
)  # fmt: skip


def fill_loosely(connection: Connection) -> ToyWorld:
    """Fills the tables, then puts copies without keys and checks in their places."""
    world = fill(connection)
    with connection, connection.cursor() as cursor:
        for table in expected_tables():
            cursor.execute(f"ALTER TABLE {table} RENAME TO strict_{table}")
            cursor.execute(f"CREATE TABLE {table} AS TABLE strict_{table}")
        cursor.execute("ANALYZE")
    return world


def everything_read(connection: Connection, world: ToyWorld) -> list[Any]:
    """Windows, every query's rows, and what requests compute for every user."""
    loose = tables_without_key(connection)
    windows = resolve_windows(connection, WindowRule(), loose)
    rows = [
        ask(connection, queries.fill(query, windows, split, SAMPLING, loose))
        for query, split in QUERIES
    ]
    return [windows, *rows, batch_user_features(connection, world.users, windows.eval_end)]


def application_rows(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the application's tables, as text."""
    rows = {}
    with connection.cursor() as cursor:
        for table in expected_tables():
            cursor.execute(f"SELECT t::text FROM {table} AS t ORDER BY 1")
            rows[table] = cursor.fetchall()
    return rows


@contextmanager
def trial(connection: Connection) -> Iterator[Any]:
    """A cursor whose changes are undone at the end."""
    with connection.cursor() as cursor:
        yield cursor
    connection.rollback()
