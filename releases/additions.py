"""Rows added to the live version after its release: users and videos that have come since."""

from __future__ import annotations

from psycopg2 import sql

from releases.binary_copy import binary_rows
from releases.mirror import upsert_rows
from releases.registry import live_version, take_turn
from releases.vectors import KEYS, Embeddings, table_of
from schema.database import Connection
from schema.errors import ReleaseError
from schema.feature import Side
from schema.query import sql_file
from schema.row_rules import valid_relations
from schema.table_keys import tables_without_key

__all__ = ["add_embeddings", "lacking_ids"]

_LACKING = sql_file("serving/lacking")
_INSERT = """
INSERT INTO {vectors} ({key}, embedding) SELECT {key}, embedding FROM added ORDER BY {key}
ON CONFLICT DO NOTHING
"""


def lacking_ids(connection: Connection, side: Side, version: str, limit: int) -> list[str]:
    """Ids of valid users or videos without a vector of the version."""
    query = _LACKING.bind(
        {
            "valid": valid_relations(without_key=tables_without_key(connection), few_videos=True),
            "key": KEYS[side],
            "source": f"{side}s",
            "vectors": table_of(side, version).as_string(connection),
        }
    )
    with connection.cursor() as cursor:
        cursor.execute(query, {"limit": limit})
        return [str(own) for (own,) in cursor]


def add_embeddings(
    connection: Connection, side: Side, version: str, added: Embeddings, *, mirror: bool
) -> None:
    """Add rows to the live version, and to its mirror, in the caller's transaction.

    Raises:
        ReleaseError: another version has gone live meanwhile.
    """
    take_turn(connection)
    live = live_version(connection)
    if live != version:
        raise ReleaseError(f"version {version} to be live", live or "none", "ask again")
    with connection.cursor() as cursor:
        _copy(connection, side, added)
        names = {"vectors": table_of(side, version), "key": sql.Identifier(KEYS[side])}
        cursor.execute(sql.SQL(_INSERT).format(**names))
        rows = cursor.rowcount
        if mirror:
            upsert_rows(connection, side, sql.Identifier("added"), version)
        cursor.execute("DROP TABLE added")
        cursor.execute(
            sql.SQL("UPDATE two_tower.versions SET {rows} = {rows} + %s WHERE version = %s").format(
                rows=sql.Identifier(f"{side}s")
            ),
            (rows, version),
        )


def _copy(connection: Connection, side: Side, added: Embeddings) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("CREATE TEMP TABLE added ({} uuid, embedding vector) ON COMMIT DROP").format(
                sql.Identifier(KEYS[side])
            )
        )
        rows = binary_rows(added.ids, added.vectors)
        cursor.copy_expert("COPY added FROM STDIN (FORMAT binary)", rows)
