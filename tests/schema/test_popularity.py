"""Counts of each video before the eval window, and before the run's moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from uuid import UUID

import pytest

from schema import queries
from schema.database import Connection, connect
from schema.windows import TimeWindows
from tests.schema.random_world import HEAVY, LIGHT, NOON, TICK, Decision, Video, ask, write

pytestmark = pytest.mark.postgres

VALID_END = NOON + timedelta(hours=2)
END = NOON + timedelta(hours=3)
WINDOWS = TimeWindows(NOON + timedelta(hours=1), VALID_END, END)
OLD, NEW, LATE = (Video(str(UUID(int=number))) for number in (1, 2, 3))


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with closing(connect(database)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("split", "counts"),
    [
        ("eval", {OLD: (1, 1), NEW: (0, 0), LATE: (0, 0)}),
        ("release", {OLD: (1, 1), NEW: (1, 2), LATE: (0, 0)}),
    ],
)
def test_a_video_of_the_eval_window_is_known_to_the_release_alone(
    connection: Connection, split: str, counts: dict[Video, tuple[int, int]]
) -> None:
    decisions = [
        Decision(HEAVY, OLD, liked=True, at=VALID_END - TICK),
        Decision(HEAVY, NEW, liked=True, at=VALID_END),
        Decision(LIGHT, NEW, liked=False, at=END - TICK),
        Decision(LIGHT, LATE, liked=True, at=END),
    ]
    write(connection, decisions)
    rows = ask(connection, queries.fill(queries.POPULARITY, WINDOWS, split, {}))
    found = {row["ranked_id"]: (row["video_likes"], row["video_decisions"]) for row in rows}
    assert found == {video.video_id: both for video, both in counts.items()}
