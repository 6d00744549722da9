"""A second batch of decisions, read alone: its moments, with the features of the full read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from schema import queries
from schema.database import Connection, connect
from schema.errors import DataError
from schema.features import USER
from schema.windows import TimeWindows, WindowRule, resolve_windows
from tests.schema.random_world import HEAVY, NOON, Decision, Video, ask, random_decisions, write

pytestmark = pytest.mark.postgres

SINCE = NOON + timedelta(hours=500)
FULL = TimeWindows(*(NOON + timedelta(hours=hours) for hours in (1500, 1750, 2001)))
SPAN = replace(FULL, since=SINCE)
# So many negatives are asked for that every nope of a user with a like becomes a pair.
SAMPLING = {"seed": 1, "ratio": 100, "alpha": 0.75, "tries": 1}

Rows = dict[tuple[str, datetime], dict[str, Any]]


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with closing(connect(database)) as opened:
        yield opened


def _rows(connection: Connection, windows: TimeWindows, split: str = "train") -> Rows:
    """By user and moment."""
    query = queries.fill(queries.DECISIONS, windows, split, SAMPLING).replace(
        "SELECT user_features.user_id", "SELECT user_features.key_at, user_features.user_id"
    )
    rows = ask(connection, query)
    found = {(row["user_id"], row["key_at"]): row for row in rows}
    assert len(found) == len(rows)
    return found


def _moments(connection: Connection) -> set[tuple[str, datetime]]:
    """Newest decisions on a video within the span, of users with a like among them."""
    query = """
        WITH newest AS (
            SELECT user_id, decided_at, decision, row_number() OVER (
                PARTITION BY user_id, video_id ORDER BY decided_at DESC
            ) AS age
            FROM user_video_decisions WHERE decided_at >= %(since)s AND decided_at < %(until)s
        )
        SELECT DISTINCT user_id::text AS user, decided_at FROM newest WHERE age = 1 AND user_id IN
            (SELECT user_id FROM newest WHERE age = 1 AND decision = 'like')
    """
    rows = ask(connection, query, since=SINCE, until=FULL.train_end)
    return {(row["user"], row["decided_at"]) for row in rows}


def _batches(seed: int) -> tuple[list[Decision], list[Decision]]:
    """The decisions before SINCE, and those after it with one at that very moment."""
    decisions = random_decisions(seed)
    edge = Decision(HEAVY, Video(str(UUID(int=1))), liked=True, at=SINCE)
    return [d for d in decisions if d.at < SINCE], [edge, *(d for d in decisions if d.at > SINCE)]


@pytest.mark.parametrize("seed", range(3))
def test_a_span_holds_the_new_moments_with_the_features_of_the_full_read(
    connection: Connection, seed: int
) -> None:
    old, new = _batches(seed)
    write(connection, [*old, *new])
    span, full = _rows(connection, SPAN), _rows(connection, FULL)
    assert span.keys() == _moments(connection)
    assert (HEAVY, SINCE) in span
    assert len(full) > len(span) > 9
    names = [column.name for row in USER for column in row.columns]
    for key, row in span.items():
        assert [row[name] for name in names] == [full[key][name] for name in names]
    # The past is whole: somebody was known already by what lies before the span.
    first = min(span, key=lambda key: key[1])
    assert span[first]["days_active"] > 1


def test_the_valid_window_is_the_same_with_a_span(connection: Connection) -> None:
    old, new = _batches(3)
    write(connection, [*old, *new])
    assert _rows(connection, SPAN, "valid") == _rows(connection, FULL, "valid") != {}


def test_a_rule_gives_its_span_to_the_windows(connection: Connection) -> None:
    old, new = _batches(4)
    write(connection, [*old, *new])
    shares, moments = WindowRule(), WindowRule(moments=tuple(FULL.as_texts().values()))  # type: ignore[arg-type]
    for rule in (shares, moments):
        full = resolve_windows(connection, rule)
        assert full.bounds("train")[0] == "-infinity"
        span = resolve_windows(connection, replace(rule, since=SINCE.isoformat()))
        assert span == replace(full, since=SINCE)
        assert span.bounds("train")[0] == "2025-06-22T08:00:00+00:00"


@pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=1)])
def test_a_span_without_time_is_refused(late: timedelta) -> None:
    with pytest.raises(DataError, match=r"expected SINCE before the end of train, 2025-08-03T00"):
        replace(FULL, since=FULL.train_end + late)
