"""A request reads what it asks about, however many others there are between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from schema import queries
from schema.database import Connection, connect
from tests.schema.random_world import LIGHT, LIKER, NOON, ask, random_decisions, write

pytestmark = pytest.mark.postgres


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with closing(connect(database)) as opened:
        write(opened, random_decisions(1))
        ask(opened, "SET LOCAL enable_seqscan = off; SELECT 1")  # the tables are too small for it
        yield opened


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _read(connection: Connection, table: str, query: str, **parameters: Any) -> list[float]:
    """Rows that each scan of a table came by, those thrown away included."""
    (row,) = ask(connection, f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", **parameters)
    scans = [n for n in _nodes(row["QUERY PLAN"][0]["Plan"]) if n.get("Relation Name") == table]
    assert scans
    return [
        n["Actual Loops"] * (n["Actual Rows"] + n.get("Rows Removed by Filter", 0)) for n in scans
    ]


def test_a_batch_of_users_reads_no_decision_of_the_users_between(connection: Connection) -> None:
    """LIGHT and LIKER have 9 and 4 decisions at most, NOPER between them 5, HEAVY 150."""
    query, asked = queries.user_moments(NOON + timedelta(days=100)), [LIGHT, LIKER]
    (own,) = ask(
        connection,
        "SELECT count(*) FROM user_video_decisions WHERE user_id = ANY (%(asked)s::uuid[])",
        asked=asked,
    )
    assert max(_read(connection, "user_video_decisions", query, user_ids=asked)) <= own["count"]


def test_a_request_for_one_video_reads_one_video(connection: Connection) -> None:
    (one, *others) = ask(connection, "SELECT video_id::text AS id FROM videos")
    assert len(others) > 20
    query = queries.videos_by_id(NOON)
    assert max(_read(connection, "videos", query, video_ids=[one["id"]])) == 1
