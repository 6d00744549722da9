"""A version's vectors, in tables of its own: `two_tower.user_vectors_<v>`, `video_vectors_<v>`."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from psycopg2 import sql

from releases.binary_copy import binary_rows, read_rows
from releases.registry import State
from schema.arrays import Float32
from schema.database import Connection
from schema.feature import Side
from schema.features import USER_ID, VIDEO_ID
from schema.signatures import DIMENSION

__all__ = [
    "Embeddings",
    "drop_vectors",
    "is_staged",
    "load_embeddings_from_db",
    "stage_version",
    "table_of",
]

KEYS = {Side.USER: USER_ID.name, Side.VIDEO: VIDEO_ID.name}


class Embeddings(NamedTuple):
    """Embeddings and the ids that they belong to.

    Attributes:
        ids: UUIDs as text.
        vectors: [ids, 768] float32, L2-normalised; row i belongs to ids[i].
    """

    ids: list[str]
    vectors: Float32


def table_of(side: Side, version: str) -> sql.Identifier:
    """The table of one side's vectors."""
    return sql.Identifier("two_tower", f"{side}_vectors_{version}")


def is_staged(connection: Connection, version: str) -> bool:
    """Whether the version's vectors are there, complete."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state FROM two_tower.versions WHERE version = %s"
            " AND state NOT IN ('retired', 'failed')",
            (version,),
        )
        return cursor.fetchone() is not None


def stage_version(
    connection: Connection,
    version: str,
    batches: Mapping[Side, Iterable[Embeddings]],
    lineage: Mapping[str, object] | None = None,
) -> dict[Side, int]:
    """Fill a new version's tables, and enter it as staged; all in the caller's transaction.

    Returns:
        Rows by side.

    Raises:
        psycopg2.errors.NotNullViolation, UniqueViolation: of a batch; nothing is left.
    """
    drop_vectors(connection, version)
    with connection.cursor() as cursor:
        cursor.execute("SELECT two_tower.create_vectors(%s)", (version,))
        rows = {side: _copy(connection, side, version, batches[side]) for side in KEYS}
        for side in KEYS:
            cursor.execute(sql.SQL("ANALYZE {}").format(table_of(side, version)))
    _enter(connection, version, rows, lineage or {})
    return rows


def _copy(connection: Connection, side: Side, version: str, batches: Iterable[Embeddings]) -> int:
    copy = sql.SQL("COPY {} ({}, embedding) FROM STDIN (FORMAT binary)").format(
        table_of(side, version), sql.Identifier(KEYS[side])
    )
    rows = 0
    with connection.cursor() as cursor:
        for batch in batches:
            cursor.copy_expert(copy, binary_rows(batch.ids, batch.vectors))
            rows += len(batch.ids)
    return rows


def _enter(
    connection: Connection, version: str, rows: Mapping[Side, int], lineage: Mapping[str, object]
) -> None:
    tables = [table_of(side, version).as_string(connection) for side in KEYS]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO two_tower.versions (version, state, users, videos, bytes, lineage)"
            " SELECT %(version)s, %(state)s, %(users)s, %(videos)s,"
            " sum(pg_total_relation_size(name::regclass)), %(lineage)s"
            " FROM unnest(%(tables)s) AS name"
            " ON CONFLICT (version) DO UPDATE SET state = excluded.state, created_at = now(),"
            " users = excluded.users, videos = excluded.videos, bytes = excluded.bytes,"
            " lineage = excluded.lineage, figures = '{}', reason = ''",
            {
                "version": version, "state": State.STAGED, "tables": tables,
                "users": rows[Side.USER], "videos": rows[Side.VIDEO],
                "lineage": json.dumps(lineage),
            },
        )  # fmt: skip


def drop_vectors(connection: Connection, version: str) -> None:
    """Remove the version's tables, if they are there."""
    with connection.cursor() as cursor:
        for side in KEYS:
            cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(table_of(side, version)))


def load_embeddings_from_db(
    connection: Connection,
    side: Side,
    version: str,
    *,
    most: int | None = None,
    only: Sequence[str] | None = None,
) -> Embeddings:
    """[n, 768] embeddings of one version, ordered by id.

    Args:
        connection: to the database.
        side: users or videos.
        version: a version with vectors.
        most: number of rows; None for all.
        only: UUIDs; None for all.
    """
    text = sql.SQL(
        "SELECT {key}, embedding FROM {table} {where} ORDER BY {key} LIMIT {most}"
    ).format(
        key=sql.Identifier(KEYS[side]),
        table=table_of(side, version),
        where=sql.SQL("") if only is None else _among(side, only),
        most=sql.Literal(most),
    )
    buffer = io.BytesIO()
    with connection.cursor() as cursor:
        cursor.copy_expert(sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(text), buffer)
    return Embeddings(*read_rows(buffer.getbuffer(), DIMENSION))


def _among(side: Side, ids: Sequence[str]) -> sql.Composed:
    return sql.SQL("WHERE {} = ANY ({}::uuid[])").format(
        sql.Identifier(KEYS[side]), sql.Literal(list(ids))
    )
