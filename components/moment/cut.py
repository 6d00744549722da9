"""What a run's readers must agree on: the time windows, the data's fingerprints, the snapshot.

Decided once, before the first of them, and handed over as a file: its path stays the same from
run to run, so that a reader whose own tables have not changed is still a cache hit.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass

from psycopg2 import sql
from tfx.dsl.io import fileio

from schema.database import Connection
from schema.errors import DataError
from schema.row_rules import KEYS, valid_relations
from schema.table_keys import tables_without_key
from schema.windows import TimeWindows, WindowRule, resolve_windows

__all__ = ["Cut", "decide", "fingerprint", "read_cut", "write_cut"]

WINDOWS = ("train", "valid", "eval")


@dataclass(frozen=True)
class Cut:
    """What was there when the run began.

    Attributes:
        windows: how time is cut; what was decided at or after `eval_end` does not exist.
        fingerprints: per source table, its count of rows and a hash of their content.
        without_key: source tables whose keys may come twice.
        snapshot: exported by a transaction that stays open while readers join it; empty where
            the connection gives no second one.
    """

    windows: TimeWindows
    fingerprints: dict[str, str]
    without_key: tuple[str, ...] = ()
    snapshot: str = ""

    def fingerprint_of(self, tables: Iterable[str]) -> str:
        """Of these tables together, for a cache key."""
        return ",".join(f"{table}:{self.fingerprints[table]}" for table in tables)


def decide(connection: Connection, rule: WindowRule, snapshot: str = "") -> Cut:
    """The cut, as of the transaction that `connection` is in.

    Raises:
        DataError: if the windows are empty, out of order, or hold no like.
    """
    without_key = tuple(sorted(tables_without_key(connection)))
    windows = resolve_windows(connection, rule, without_key)
    _check_likes(connection, windows, without_key)
    data = {table: fingerprint(connection, table) for table in KEYS}
    return Cut(windows, data, without_key, snapshot)


def fingerprint(connection: Connection, table: str) -> str:
    """Count and order-free content hash of a table; a change of one value changes it."""
    query = "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM {} AS t"
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(query).format(sql.Identifier(table)))
        rows, content = cursor.fetchone() or (0, 0)
    return f"{rows}:{content}"


def write_cut(cut: Cut, path: str) -> None:
    """For the readers of this run; replaces the last run's."""
    value = {**asdict(cut), "windows": cut.windows.as_texts()}
    with fileio.open(path, "w") as file:
        file.write(json.dumps(value, indent=1))


def read_cut(path: str) -> Cut:
    """What the node Moment has written."""
    with fileio.open(path, "r") as file:
        value = json.loads(file.read())
    windows = TimeWindows.from_texts(value.pop("windows"))
    return Cut(windows, without_key=tuple(value.pop("without_key")), **value)


def _check_likes(
    connection: Connection, windows: TimeWindows, without_key: Collection[str]
) -> None:
    """A model is fitted on likes, chosen by likes and judged by likes."""
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
