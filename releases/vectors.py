"""The embedding tables: a new version replaces the old one in a single transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from pgvector.psycopg2 import register_vector
from psycopg2 import sql

from releases.binary_copy import binary_rows
from schema.arrays import Float32
from schema.database import Connection
from schema.signatures import DIMENSION

__all__ = [
    "Embeddings",
    "is_complete",
    "load_embeddings_from_db",
    "record_release",
    "sync_embeddings_to_db",
    "take_turn",
]


class Embeddings(NamedTuple):
    """Embeddings and the ids that they belong to.

    Attributes:
        ids: UUIDs as text.
        vectors: [ids, 768] float32, L2-normalised; row i belongs to ids[i].
    """

    ids: list[str]
    vectors: Float32


def take_turn(connection: Connection) -> None:
    """Waits for the release lock, which is held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('two_tower.releases'))")


def is_complete(connection: Connection, version: str) -> bool:
    """Whether every embedding that was released under `version` is still in its table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT users <= (SELECT count(*) FROM user_embeddings WHERE model_version = %(v)s)"
            " AND videos <= (SELECT count(*) FROM video_embeddings WHERE model_version = %(v)s)"
            " FROM two_tower.releases WHERE model_version = %(v)s",
            {"v": version},
        )
        found = cursor.fetchone()
    return bool(found and found[0])


def sync_embeddings_to_db(
    connection: Connection, table: str, key: str, batches: Iterable[Embeddings], version: str
) -> int:
    """Upserts the vectors into one of the application's embedding tables, through binary COPY.

    Returns:
        Rows written.
    """
    names = {
        "table": sql.Identifier(table), "key": sql.Identifier(key),
        "staged": sql.Identifier(f"staged_{table}"),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("CREATE TEMP TABLE {staged} (id uuid, embedding vector) ON COMMIT DROP").format(
                **names
            )
        )
        copy = sql.SQL("COPY {staged} FROM STDIN (FORMAT binary)").format(**names)
        for batch in batches:
            cursor.copy_expert(copy, binary_rows(batch.ids, batch.vectors))
        cursor.execute(
            sql.SQL(
                "INSERT INTO {table} ({key}, embedding, updated_at, model_version)"
                # Ordered, to avoid a deadlock with another writer that orders by id.
                " SELECT id, embedding, now() AT TIME ZONE 'UTC', %s FROM {staged} ORDER BY id"
                " ON CONFLICT ({key}) DO UPDATE SET embedding = excluded.embedding,"
                " updated_at = excluded.updated_at, model_version = excluded.model_version"
            ).format(**names),
            (version,),
        )
        return int(cursor.rowcount)


def load_embeddings_from_db(
    connection: Connection, table: str, key: str, version: str
) -> Embeddings:
    """Reads back the [n, 768] embeddings of one version, ordered by id."""
    register_vector(connection)
    query = sql.SQL(
        "SELECT {key}::text, embedding FROM {table} WHERE model_version = %s ORDER BY {key}"
    ).format(table=sql.Identifier(table), key=sql.Identifier(key))
    with connection.cursor() as cursor:
        cursor.execute(query, (version,))
        rows = cursor.fetchall()
    vectors = np.array([vector.to_numpy() for _, vector in rows], np.float32).reshape(-1, DIMENSION)
    return Embeddings([own for own, _ in rows], vectors)


def record_release(connection: Connection, version: str, users: int, videos: int) -> None:
    """Records the counts of written rows, by which `is_complete` finds missing ones."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO two_tower.releases (model_version, users, videos) VALUES (%s, %s, %s)"
            " ON CONFLICT (model_version) DO UPDATE SET users = excluded.users,"
            " videos = excluded.videos, released_at = now()",
            (version, users, videos),
        )
