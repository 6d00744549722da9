"""The cut of a run, shared by all readers: time windows, fingerprints of the data, snapshot.

It is determined once, before the first reader, and passed as a file. The file's path stays the same
from run to run, so that a reader whose tables have not changed is still a cache hit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from psycopg2 import sql

from schema.database import Connection
from schema.errors import DataError
from schema.row_rules import KEYS, valid_relations
from schema.table_keys import tables_without_key
from schema.windows import TimeWindows, WindowRule, resolve_windows

__all__ = ["Cut", "cut_windows", "decide", "fingerprint"]

WINDOWS = ("train", "valid", "eval")


@dataclass(frozen=True)
class Cut:
    """State of the database at the begin of the run.

    Attributes:
        windows: the time windows; decisions at or after `eval_end` are ignored.
        fingerprints: count of rows and hash of their content, by source table.
        without_key: source tables without a unique index on their key.
        snapshot: exported by a transaction that stays open while readers join it; empty if a
            second connection cannot join it.
    """

    windows: TimeWindows
    fingerprints: dict[str, str]
    without_key: tuple[str, ...] = ()
    snapshot: str = ""

    def fingerprint_of(self, tables: Iterable[str]) -> str:
        """The combined fingerprint of these tables, for a cache key."""
        return ",".join(f"{table}:{self.fingerprints[table]}" for table in tables)


def decide(connection: Connection, rule: WindowRule, snapshot: str = "") -> Cut:
    """The cut as seen by the open transaction of `connection`.

    Raises:
        DataError: if the windows are empty, out of order, or hold no like.
    """
    windows, without_key = cut_windows(connection, rule)
    data = {table: fingerprint(connection, table) for table in KEYS}
    return Cut(windows, data, without_key, snapshot)


def cut_windows(connection: Connection, rule: WindowRule) -> tuple[TimeWindows, tuple[str, ...]]:
    """The time windows, each with a like, and the source tables without a unique key.

    Raises:
        DataError: if the windows are empty, out of order, or hold no like.
    """
    without_key = tuple(sorted(tables_without_key(connection)))
    windows = resolve_windows(connection, rule, without_key)
    _check_likes(connection, windows, without_key)
    return windows, without_key


def fingerprint(connection: Connection, table: str) -> str:
    """Count and order-independent content hash of a table; any changed value changes it."""
    query = "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM {} AS t"
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(query).format(sql.Identifier(table)))
        rows, content = cursor.fetchone() or (0, 0)
    return f"{rows}:{content}"


def _check_likes(
    connection: Connection, windows: TimeWindows, without_key: Collection[str]
) -> None:
    """Refuse a window without likes: train fits on likes, valid and eval measure by likes."""
    counts = ", ".join(
        "count(*) FILTER (WHERE decided_at >= %s AND decided_at < %s)" for _ in WINDOWS
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {valid_relations(without_key=without_key)}"
            f" SELECT {counts} FROM user_video_decisions"
            " WHERE decision = 'like'",
            [bound for window in WINDOWS for bound in windows.bounds(window)],
        )
        likes = cursor.fetchone() or ()
    if not all(likes):
        raise DataError(
            "likes in each of the windows train, valid and eval",
            f"{likes[0]:,}, {likes[1]:,} and {likes[2]:,}",
            "wait for more likes, or move the windows by VALID_FRACTION and EVAL_FRACTION",
        )
