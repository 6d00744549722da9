"""Counts bad rows by reason, and keeps some of each in `two_tower.quarantine`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from schema.database import Connection
from schema.errors import DataError
from schema.flags import FLAGS
from schema.soundness import RULES, all_of, rules_of, sound_relations
from schema.sql import VIDEOS

__all__ = ["KEPT", "QUARANTINED", "Finding", "check_shares", "quarantine"]

KEPT = 10_000
"""Rows that are kept of each reason; the count is exact."""
QUARANTINED = "quarantined"
"""The action that leaves the row out; by any other the row stays."""

_OWN_TABLE = """
SELECT pg_advisory_xact_lock(hashtext('two_tower.quarantine'));
CREATE SCHEMA IF NOT EXISTS two_tower;
CREATE TABLE IF NOT EXISTS two_tower.quarantine (
    run_id text NOT NULL,
    source_table text NOT NULL,
    reason text NOT NULL,
    action text NOT NULL,
    source_row jsonb NOT NULL,
    found_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS quarantine_run_id ON two_tower.quarantine (run_id);
"""
# People who leave the application must leave this table too.
_FORGET = """
DELETE FROM two_tower.quarantine WHERE run_id = %s OR found_at < now() - interval '30 days'
"""
_KEEP = "INSERT INTO two_tower.quarantine (run_id, source_table, reason, action, source_row)"


class Finding(NamedTuple):
    """What one rule found.

    Attributes:
        table: the source table.
        reason: the rule's.
        action: QUARANTINED, or what became of a value.
        rows: how many rows.
        of: rows of the whole table.
    """

    table: str
    reason: str
    action: str
    rows: int
    of: int


def quarantine(connection: Connection, run_id: str) -> list[Finding]:
    """Writes this run's rows anew, in the caller's transaction; tells of rules that found any.

    A row stands under the first rule that it breaks, so that a table's counts add up.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OWN_TABLE)
        cursor.execute(_FORGET, (run_id,))
    found = [
        finding
        for table in dict.fromkeys(rule.table for rule in RULES)
        for finding in _bad_rows(connection, run_id, table)
    ]
    return found + list(_flagged(connection, run_id))


def check_shares(found: list[Finding], limit: float) -> None:
    """Stops a run on broken data.

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
                "look at two_tower.quarantine and mend them, or raise QUARANTINE_LIMIT",
            )


def _bad_rows(connection: Connection, run_id: str, table: str) -> Iterator[Finding]:
    rules, (of,) = rules_of(table), _one(connection, f"SELECT count(*) FROM {table}")
    if of == _one(connection, f"SELECT count(*) {_of(table, all_of(rules))}", table)[0]:
        return
    for place, rule in enumerate(rules):
        breaking = _of(table, f"{all_of(rules[:place])} AND NOT ({rule.sound})")
        (rows,) = _one(connection, f"SELECT count(*) {breaking}", table)
        if rows:
            _keep(
                connection,
                f"WITH {sound_relations(raw=table)}",
                f"to_jsonb({table}) {breaking}",
                (run_id, table, rule.reason, QUARANTINED),
            )
            yield Finding(table, rule.reason, QUARANTINED, rows, of)


def _of(table: str, condition: str) -> str:
    return f"FROM {table} WHERE {condition}"


def _flagged(connection: Connection, run_id: str) -> Iterator[Finding]:
    counts = ", ".join(f"count(*) FILTER (WHERE {flag.condition})" for flag in FLAGS)
    of, *found = _one(connection, f"{VIDEOS} SELECT count(*), {counts} FROM video")
    for flag, rows in zip(FLAGS, found, strict=True):
        if rows:
            _keep(
                connection,
                VIDEOS,
                f"to_jsonb(video) FROM video WHERE {flag.condition}",
                (run_id, "videos", flag.reason, flag.action),
            )
            yield Finding("videos", flag.reason, flag.action, rows, of)


def _one(connection: Connection, query: str, raw: str = "") -> tuple[int, ...]:
    """The only row; where `raw` is named, beside the sound relations of the other tables."""
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {sound_relations(raw=raw)} {query}" if raw else query)
        return cursor.fetchone() or ()


def _keep(connection: Connection, relations: str, rows: str, labels: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"{relations} {_KEEP} SELECT %s, %s, %s, %s, {rows} LIMIT {KEPT}", labels)
