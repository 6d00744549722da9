"""Staging beside a bare COPY of the same rows, and the memory that it takes."""

from __future__ import annotations

import io
from collections.abc import Sequence

from psycopg2 import sql

from benchmarks.releases.world import Size, batches
from benchmarks.timing import best_seconds
from pipeline.progress import peak_mb, reset_peak
from releases.binary_copy import binary_rows
from releases.vectors import KEYS, Embeddings, drop_vectors, stage_version, table_of
from schema.database import Connection
from schema.feature import Side

__all__ = ["copy_ratio", "memory_mb"]


def copy_ratio(connection: Connection, size: Size) -> tuple[float, float]:
    """Seconds of staging, and of COPY alone into the same tables; the best of three each."""
    rows = {side: list(batches(count, 5)) for side, count in _sides(size)}
    staging = best_seconds(lambda: _stage(connection, rows))
    encoded = {side: [binary_rows(*batch).getvalue() for batch in rows[side]] for side in KEYS}
    return staging, best_seconds(lambda: _copy(connection, encoded))


def memory_mb(connection: Connection, rows: int) -> int:
    """Peak memory of this process over what it had before, while that many users are staged."""
    before = peak_mb_now()
    stage_version(connection, "1", {Side.USER: batches(rows, 9), Side.VIDEO: ()})
    connection.rollback()
    return peak_mb() - before


def peak_mb_now() -> int:
    """Memory of this process in MB; the peak counts from here on."""
    reset_peak()
    return peak_mb()


def _sides(size: Size) -> list[tuple[Side, int]]:
    return [(Side.USER, size.users), (Side.VIDEO, size.videos)]


def _stage(connection: Connection, rows: dict[Side, list[Embeddings]]) -> None:
    stage_version(connection, "1", rows)
    connection.commit()


def _copy(connection: Connection, encoded: dict[Side, list[bytes]]) -> None:
    drop_vectors(connection, "1")
    with connection.cursor() as cursor:
        cursor.execute("SELECT two_tower.create_vectors('1')")
        for side, streams in encoded.items():
            _copy_side(connection, side, streams)
    connection.commit()


def _copy_side(connection: Connection, side: Side, streams: Sequence[bytes]) -> None:
    copy = sql.SQL("COPY {} ({}, embedding) FROM STDIN (FORMAT binary)").format(
        table_of(side, "1"), sql.Identifier(KEYS[side])
    )
    with connection.cursor() as cursor:
        for stream in streams:
            cursor.copy_expert(copy, io.BytesIO(stream))
