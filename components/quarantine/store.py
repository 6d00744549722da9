"""Quarantine: counts bad rows by reason, and keeps some of each in `two_tower.quarantine`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from releases.migrate import migrate
from schema.database import Connection
from schema.errors import DataError
from schema.flags import FLAGS
from schema.queries import all_videos
from schema.row_rules import KEYS, RULES, TWICE, all_of, order_of, rules_of, valid_relations

__all__ = [
    "KEPT",
    "QUARANTINED",
    "Finding",
    "check_shares",
    "keep_nothing",
    "prepare",
    "quarantine",
]

KEPT = 10_000
"""Rows kept for each reason; the count is exact."""
QUARANTINED = "quarantined"
"""The action that leaves the row out; with any other action the row stays in use."""

# Data of deleted users must not stay in this table.
_FORGET = """
DELETE FROM two_tower.quarantine WHERE run_id = %s OR found_at < now() - interval '30 days'
"""
_KEEP = "INSERT INTO two_tower.quarantine (run_id, source_table, reason, action, source_row)"
# Descriptions are unlimited in length; 10,000 of them are not kept in full.
_SHORT_VIDEO = "to_jsonb(video) || jsonb_build_object('description', left(description, 200))"


class Finding(NamedTuple):
    """The finding of one rule.

    Attributes:
        table: the source table.
        reason: the reason of the rule.
        action: QUARANTINED, or the treatment of a value.
        rows: count of rows that break the rule.
        of: count of all rows of the table.
    """

    table: str
    reason: str
    action: str
    rows: int
    of: int


def prepare(connection: Connection, run_id: str) -> None:
    """Bring our schema up to date, and delete this run's rows and old ones.

    Needs a transaction of its own: under a snapshot, it would fail if another run deletes the same
    old rows, and the lock must be held briefly.
    """
    migrate(connection)
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, (run_id,))


def quarantine(
    connection: Connection, run_id: str, without_key: Collection[str] = ()
) -> list[Finding]:
    """Write this run's rows, in the caller's transaction.

    A row is counted under the first rule that it breaks, so that a table's counts add up.

    Args:
        connection: `prepare` has been called and committed.
        run_id: id of the pipeline run.
        without_key: tables without a unique index on their key.

    Returns:
        The findings of the rules that some row breaks.
    """
    keep = _Keeper(connection, run_id)
    found = [
        finding
        for table in dict.fromkeys(rule.table for rule in RULES)
        for finding in (*_bad_rows(keep, table), *_twice(keep, table, without_key))
    ]
    return found + list(_flagged(keep, without_key))


def keep_nothing(connection: Connection, run_id: str) -> None:
    """Run the statement that keeps rows on no row, for a preflight."""
    _Keeper(connection, run_id).keep("", "'{}'::jsonb WHERE false", "", "", "")


def check_shares(found: list[Finding], limit: float) -> None:
    """Stop a run on broken data.

    Raises:
        DataError: if the share of a table's rows that are quarantined is above `limit`.
    """
    for table in dict.fromkeys(finding.table for finding in found):
        bad = [f for f in found if f.table == table and f.action == QUARANTINED]
        rows = sum(finding.rows for finding in bad)
        if bad and rows > limit * bad[0].of:
            reasons = ", ".join(f"{f.reason} {f.rows:,}" for f in bad)
            raise DataError(
                f"at most {limit:.1%} bad rows in {table}",
                f"{rows:,} of {bad[0].of:,}, {rows / bad[0].of:.1%} ({reasons})",
                "look at two_tower.quarantine and fix them, or raise QUARANTINE_LIMIT",
            )


class _Keeper:
    """Counts and keeps rows of one run."""

    def __init__(self, connection: Connection, run_id: str) -> None:
        self._connection, self._run_id = connection, run_id

    def one(self, query: str) -> tuple[int, ...]:
        """The only row of a query's result."""
        with self._connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchone() or ()

    def keep(self, relations: str, rows: str, table: str, reason: str, action: str) -> None:
        """Keep the first KEPT rows; `rows` is SQL that begins with the row as JSON."""
        labels = (self._run_id, table, reason, action)
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"{relations} {_KEEP} SELECT %s, %s, %s, %s, {rows} LIMIT {KEPT}", labels
            )


def _bad_rows(keep: _Keeper, table: str) -> Iterator[Finding]:
    rules, relations = rules_of(table), f"WITH {valid_relations(raw=table)}"
    (of,) = keep.one(f"SELECT count(*) FROM {table}")
    (good,) = keep.one(f"{relations} SELECT count(*) FROM {table} WHERE {_now(all_of(rules))}")
    for place, rule in enumerate(rules if good < of else ()):
        breaking = (
            f"FROM {table} WHERE {_now(all_of(rules[:place]))} AND NOT ({_now(rule.condition)})"
        )
        (rows,) = keep.one(f"{relations} SELECT count(*) {breaking}")
        if rows:
            keep.keep(relations, f"to_jsonb({table}) {breaking}", table, rule.reason, QUARANTINED)
            yield Finding(table, rule.reason, QUARANTINED, rows, of)


def _twice(keep: _Keeper, table: str, without_key: Collection[str]) -> Iterator[Finding]:
    """Valid rows whose key an earlier valid row has."""
    if table not in without_key:
        return
    relations, key = f"WITH {valid_relations(raw=table)}", ", ".join(KEYS[table])
    ranked = (
        f"FROM (SELECT to_jsonb({table}) AS source_row, row_number() OVER ("
        f"PARTITION BY {key} ORDER BY {order_of(table)}) AS place"
        f" FROM {table} WHERE {_now(all_of(rules_of(table)))}) AS ranked WHERE place > 1"
    )
    rows, of = keep.one(f"{relations} SELECT count(*), (SELECT count(*) FROM {table}) {ranked}")
    if rows:
        keep.keep(relations, f"source_row {ranked}", table, TWICE, QUARANTINED)
        yield Finding(table, TWICE, QUARANTINED, rows, of)


def _flagged(keep: _Keeper, without_key: Collection[str]) -> Iterator[Finding]:
    counts = ", ".join(f"count(*) FILTER (WHERE {flag.condition})" for flag in FLAGS)
    videos = all_videos(without_key)
    of, *found = keep.one(f"{videos} SELECT count(*), {counts} FROM video")
    for flag, rows in zip(FLAGS, found, strict=True):
        if rows:
            matching = f"{_SHORT_VIDEO} FROM video WHERE {flag.condition}"
            keep.keep(videos, matching, "videos", flag.reason, flag.action)
            yield Finding("videos", flag.reason, flag.action, rows, of)


def _now(condition: str) -> str:
    return condition.replace("{now}", "now()")
