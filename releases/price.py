"""The price of a release on this database, and what makes it dear; asked before a run trains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from psycopg2 import sql

from releases.registry import find, live_version
from releases.vectors import KEYS
from schema.database import Connection

__all__ = ["Price", "dear_lines", "price", "price_lines"]

_ROWS_PER_S = 38_000
"""Upserted into a mirror without an index on vectors (`make bench-release`)."""
_WAL_BYTES = 5_700
"""Write-ahead log of an upserted row (`make bench-release`)."""
_INDEXED_ROWS_PER_S = 210
"""The same with an HNSW index on the mirror (`make bench-release`)."""
_INDEXED_WAL_BYTES = 106_000

_INDEXES = """
SELECT index.relname, amname FROM pg_index
JOIN pg_class AS index ON index.oid = indexrelid
JOIN pg_am ON pg_am.oid = index.relam
WHERE indrelid = to_regclass(%s) AND amname IN ('hnsw', 'ivfflat') ORDER BY 1
"""
_TRIGGERS = """
SELECT tgname FROM pg_trigger
WHERE tgrelid = to_regclass(%s) AND NOT tgisinternal AND tgenabled <> 'D' AND tgtype & 1 = 1
ORDER BY 1
"""
_PUBLICATIONS = """
SELECT DISTINCT pubname FROM pg_publication_tables
WHERE to_regclass(format('%%I.%%I', schemaname, tablename)) = to_regclass(%s) ORDER BY 1
"""


class Price(NamedTuple):
    """Rows of a release into the mirror, seconds, and bytes of write-ahead log."""

    rows: int
    seconds: float
    wal_bytes: int


def price_lines(connection: Connection) -> list[str]:
    """One line with rows, seconds and write-ahead log, and one for each thing that is dear."""
    rows, seconds, wal_bytes = price(connection)
    return [
        (
            f"release: {rows:,} rows into the mirror, about {seconds:.1f} s and"
            f" {wal_bytes / 1e6:,.0f} MB of write-ahead log"
        ),
        *dear_lines(connection),
    ]


def price(connection: Connection) -> Price:
    """The price of the next release."""
    rows = {side: _count(connection, f"{side}s") for side in KEYS}
    indexed = {side: bool(_names(connection, _INDEXES, f"{side}_embeddings")) for side in KEYS}
    speed = _speed(connection)
    seconds = sum(
        count / (_INDEXED_ROWS_PER_S if indexed[side] else speed) for side, count in rows.items()
    )
    wal = sum(
        count * (_INDEXED_WAL_BYTES if indexed[side] else _WAL_BYTES)
        for side, count in rows.items()
    )
    return Price(sum(rows.values()), seconds, wal)


def dear_lines(connection: Connection) -> list[str]:
    """One line for each index, trigger and publication that makes the mirror dear."""
    rows = {side: _count(connection, f"{side}s") for side in KEYS}
    return [line for side in KEYS for line in _dear(connection, f"{side}_embeddings", rows[side])]


def _dear(connection: Connection, table: str, rows: int) -> Iterator[str]:
    for name, kind in _rows(connection, _INDEXES, table):
        yield (
            f"dear: {kind} index {name} on {table} takes up {rows:,} new vectors at each release:"
            " the recommender does not use it; drop it, or set MIRROR=0"
        )
    for name in _names(connection, _TRIGGERS, table):
        yield f"dear: trigger {name} on {table} is called for each of {rows:,} rows"
    for name in _names(connection, _PUBLICATIONS, table):
        yield f"dear: publication {name} sends all {rows:,} rows of {table} to its subscribers"


def _speed(connection: Connection) -> float:
    """Rows a second of the live version's switch, if that was measured here; else the bench's."""
    live = live_version(connection)
    switch = find(connection, live).figures.get("switch", {}) if live else {}
    if switch.get("mirrored", 0) > 1000 and switch["seconds"]:  # noqa: PLR2004
        return float(switch["mirrored"] / switch["seconds"])
    return _ROWS_PER_S


def _count(connection: Connection, table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
        (count,) = cursor.fetchone() or (0,)
    return int(count)


def _names(connection: Connection, query: str, table: str) -> list[str]:
    return [str(row[0]) for row in _rows(connection, query, table)]


def _rows(connection: Connection, query: str, table: str) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, (table,))
        return cursor.fetchall()
