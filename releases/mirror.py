"""The application's tables `user_embeddings` and `video_embeddings`: a mirror of the live version.

Names, columns, keys, grants, policies and triggers are the application's and stay as they are.
"""

from __future__ import annotations

from psycopg2 import sql

from releases.registry import versions
from releases.vectors import KEYS, table_of
from schema.database import Connection
from schema.feature import Side

__all__ = ["lacks_rows", "sync_embeddings_to_db", "try_rights", "upsert_rows", "vacuum"]

_UPSERT = """
INSERT INTO {mirror} ({key}, embedding, updated_at, model_version)
SELECT {key}, embedding, now() AT TIME ZONE 'UTC', %(version)s FROM {vectors} AS new
ORDER BY {key} -- one order for all writers, else two of them would dead-lock
ON CONFLICT ({key}) DO UPDATE SET embedding = excluded.embedding,
    updated_at = excluded.updated_at, model_version = excluded.model_version
"""
_REMOVE = """
DELETE FROM {mirror} AS old
WHERE model_version <> %(version)s AND model_version = ANY (%(known)s)
    AND NOT EXISTS (SELECT FROM {vectors} AS new WHERE new.{key} = old.{key})
"""
_LACKS = """
SELECT EXISTS (
    SELECT FROM {vectors} AS new
    WHERE NOT EXISTS (SELECT FROM {mirror} AS there WHERE there.{key} = new.{key})
)
"""


def _mirror_of(side: Side) -> sql.Identifier:
    """The application's table of one side."""
    return sql.Identifier(f"{side}_embeddings")


def sync_embeddings_to_db(connection: Connection, side: Side, version: str) -> int:
    """Make the application's table a copy of the version's vectors.

    Rows of other versions of the registry that this one lacks are removed. A row that another
    program has written stays if the version has none of its id, and is replaced otherwise.

    Returns:
        Rows written.
    """
    known = [one.version for one in versions(connection)]
    return _sync(connection, side, table_of(side, version), version, known)


def try_rights(connection: Connection, side: Side) -> None:
    """Execute the statements of `sync_embeddings_to_db` on no rows.

    Raises:
        psycopg2.Error: if a right is missing.
    """
    nothing = sql.SQL("(SELECT NULL::uuid AS {}, NULL::vector AS embedding LIMIT 0)")
    _sync(connection, side, nothing.format(sql.Identifier(KEYS[side])), "0", [])


def _sync(
    connection: Connection, side: Side, vectors: sql.Composable, version: str, known: list[str]
) -> int:
    written = upsert_rows(connection, side, vectors, version)
    with connection.cursor() as cursor:
        values = {"version": version, "known": known}
        cursor.execute(_statement(_REMOVE, side, vectors), values)
    return written


def upsert_rows(connection: Connection, side: Side, vectors: sql.Composable, version: str) -> int:
    """Write the rows of a relation of ids and embeddings, labelled with the version.

    Returns:
        Rows written.
    """
    with connection.cursor() as cursor:
        cursor.execute(_statement(_UPSERT, side, vectors), {"version": version})
        return int(cursor.rowcount)


def lacks_rows(connection: Connection, version: str) -> bool:
    """Whether any id of the version is absent from the application's tables."""
    with connection.cursor() as cursor:
        for side in KEYS:
            cursor.execute(_statement(_LACKS, side, table_of(side, version)))
            if cursor.fetchone() == (True,):
                return True
    return False


def vacuum(connection: Connection) -> None:
    """Free the space of replaced rows, outside any transaction.

    PostgreSQL skips a table that the role does not own, with a warning.
    """
    connection.autocommit = True
    with connection.cursor() as cursor:
        for side in KEYS:
            cursor.execute(sql.SQL("VACUUM (ANALYZE) {}").format(_mirror_of(side)))


def _statement(text: str, side: Side, vectors: sql.Composable) -> sql.Composed:
    return sql.SQL(text).format(
        mirror=_mirror_of(side), vectors=vectors, key=sql.Identifier(KEYS[side])
    )
