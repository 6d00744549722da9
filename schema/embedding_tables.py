"""Check that our upserts can fill the application's two embedding tables."""

from __future__ import annotations

from schema.database import Connection
from schema.errors import DatabaseError
from schema.source_tables import expected_tables

__all__ = ["check_embedding_tables"]


def check_embedding_tables(connection: Connection) -> None:
    """Refuse embedding tables that our upserts could not fill.

    Raises:
        DatabaseError: a table has no unique key on its id, or needs a value that we don't write.
    """
    for table, columns in expected_tables().items():
        if "embedding" not in columns:
            continue
        key = next(iter(columns))
        if not _has_key(connection, table, key):
            raise DatabaseError(
                f"a unique key {table}({key})", "none", f"ALTER TABLE {table} ADD UNIQUE ({key})"
            )
        further = _further_needed(connection, table, list(columns))
        if further:
            raise DatabaseError(
                f"defaults for the further columns of {table}",
                f"none for {', '.join(further)}, which may not be NULL",
                "give them a default, or let them be NULL",
            )


def _has_key(connection: Connection, table: str, column: str) -> bool:
    query = """
        SELECT EXISTS (
            SELECT FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attname = %s
            WHERE indrelid = to_regclass(%s) AND indisunique AND indisvalid AND indimmediate
                AND indpred IS NULL AND indnkeyatts = 1 AND indkey[0] = attnum
        )
    """
    with connection.cursor() as cursor:
        cursor.execute(query, (column, table))
        return cursor.fetchone() == (True,)


def _further_needed(connection: Connection, table: str, ours: list[str]) -> list[str]:
    query = """
        SELECT attname FROM pg_attribute
        WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped
            AND attnotnull AND NOT atthasdef AND attidentity = '' AND attname <> ALL (%s)
        ORDER BY attnum
    """
    with connection.cursor() as cursor:
        cursor.execute(query, (table, ours))
        return [str(name) for (name,) in cursor]
