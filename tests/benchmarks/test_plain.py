"""Plain runs: what is held back from them, what counts as found, what the page says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from benchmarks.quality.decisions import Decisions
from benchmarks.quality.places import HOLD_BACK
from benchmarks.quality.protocols import REAL
from schema.database import Connection, connect
from tests.toy_world import fill

if TYPE_CHECKING:
    from components.retrieval_evaluator.window import Window

START = datetime(2026, 1, 1, tzinfo=UTC)
Row = tuple[int, int, str, int]


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    """To the toy world without a decision."""
    with closing(connect(database)) as opened:
        fill(opened)
        with opened.cursor() as cursor:
            cursor.execute("DELETE FROM user_video_decisions")
        yield opened


def _ids(connection: Connection, side: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {side}_id::text FROM {side}s ORDER BY {side}_id")
        return [name for (name,) in cursor]


def _decide(connection: Connection, rows: list[Row]) -> None:
    """Rows are a user, a video, the decision, and the day."""
    users, videos = _ids(connection, "user"), _ids(connection, "video")
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO user_video_decisions VALUES (%s, %s, %s, %s)",
            [(users[u], videos[v], what, START + timedelta(days=day)) for u, v, what, day in rows],
        )


def _rows(connection: Connection, table: str) -> set[Row]:
    users, videos = _ids(connection, "user"), _ids(connection, "video")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT user_id::text, video_id::text, decision, decided_at FROM {table}")
        return {
            (users.index(user), videos.index(video), what, (at - START).days)
            for user, video, what, at in cursor
        }


@pytest.mark.postgres
def test_exactly_the_newest_fifth_of_each_user_is_held_back(connection: Connection) -> None:
    """Ten decisions on real times, five at one moment, four: two, one and none of them."""
    ten: list[Row] = [(0, v, "like" if v % 2 else "nope", (v * 7) % 10) for v in range(10)]
    five: list[Row] = [(1, v, "like", 3) for v in range(5)]
    four: list[Row] = [(2, v, "like", 90 + v) for v in range(4)]
    _decide(connection, [*ten, *five, *four])
    with connection.cursor() as cursor:
        for statement in REAL.statements:
            cursor.execute(statement)
    held_back = {(0, 7, "like", 9), (0, 4, "nope", 8), (1, 4, "like", 3)}
    assert _rows(connection, "held_back") == held_back
    assert _rows(connection, "user_video_decisions") == {*ten, *five, *four} - held_back


@pytest.mark.postgres
@pytest.mark.tfx
def test_held_back_likes_of_videos_not_decided_on_before_are_to_be_found(
    connection: Connection,
) -> None:
    """User 0: one nope and a like of a video noped before. User 1: a new like. User 2: a nope."""
    from benchmarks.quality.held_back import read_held_back

    days: list[Row] = [(u, v, "like", v) for u in range(3) for v in range(8)]
    newest: list[Row] = [(0, 20, "nope", 50), (0, 0, "like", 51)]
    newest += [(1, 30, "like", 50), (1, 31, "nope", 51), (2, 32, "nope", 50), (2, 33, "nope", 51)]
    _decide(connection, [*days, *newest])
    with connection.cursor() as cursor:
        cursor.execute(HOLD_BACK)
    window, left = read_held_back(connection)
    assert window.users == [_ids(connection, "user")[1]]
    assert window.videos == _ids(connection, "video")
    assert [rows.tolist() for rows in window.relevant] == [[30]]
    assert [rows.tolist() for rows in window.seen] == [list(range(8))]
    assert window.likes.tolist() == [3.0] * 8 + [0.0] * 52
    assert window.cold.tolist() == [False] * 8 + [True] * 52
    assert left.shape == (3, 60)
    assert left.counts.tolist() == [8, 8, 8]


def _window() -> Window:
    """User "a" decided on videos 2, 0 and 3 of five, user "c" on all but video 4."""
    from benchmarks.quality.held_back import as_window

    rows = [(0, 2, 1), (0, 0, 0), (1, 1, 1), (1, 0, 1), (1, 2, 0), (1, 3, 0), (0, 3, 0), (2, 4, 0)]
    users, videos, liked = np.array(rows, np.int64).T
    left = Decisions(users, videos, liked.astype(bool), (3, 5))
    return as_window({"a": ["w4", "w1"], "c": ["w4"]}, [f"w{v}" for v in range(5)], left)


@pytest.mark.tfx
def test_everything_decided_on_is_removed_from_the_ranking() -> None:
    """With scores that prefer it: "a" finds both of its likes, "c" the only video left."""
    from benchmarks.quality.comparing import line

    window = _window()
    assert [rows.tolist() for rows in window.seen] == [[0, 2, 3], [0, 1, 2, 3]]
    assert [rows.tolist() for rows in window.relevant] == [[1, 4], [4]]
    scores = np.array([[9, 2, 8, 7, 1], [9, 8, 7, 6, 1]], np.float32)
    found = line("a peer", scores, window)
    assert found.per_user["ndcg@10"].tolist() == [1.0, 1.0]
    assert found.per_user["recall@20"].tolist() == [1.0, 1.0]


@pytest.mark.tfx
def test_the_page_says_which_runs_released_the_fit_on_everything() -> None:
    from pathlib import Path

    from benchmarks.quality.comparing import line
    from benchmarks.quality.plain_report import real_section
    from benchmarks.quality.plain_run import PlainRun
    from schema.documents.release import ReleaseRecord

    records = [
        ReleaseRecord(refitted=not reason, reason=reason, checks=[]) for reason in ("", "too far")
    ]
    runs = [PlainRun(Path(), Path(), record, [], [], 9.0, 10) for record in records]
    window = _window()
    lines = [line("plain run, released", np.ones((2, 5), np.float32), window)] * 2
    title, text = real_section(runs, window, lines)
    assert title.startswith("REAL: a plain run")
    assert "by 1 of 2 runs; else the candidate: too far." in text[0]
    assert "2 users, 5 videos; ours: 10 to 10 epochs" in text[0]
    assert text[-1].startswith("| plain run, released | **1.0000** (1.0000 to 1.0000) |")


@pytest.mark.tfx
def test_new_users_are_those_without_a_decision_before_the_window() -> None:
    """Means over seeds of the group "none"; popularity is the same in each."""
    from benchmarks.quality.plain_report import new_users_section
    from schema.documents.ranking import Activity, Interval, RankedModel, RankingFigures

    def model(figure: float) -> RankedModel:
        groups = [("none", 7, figure), ("1 to 9", 2, 0.9)]
        one = Interval(mean=0.5, low=0.5, high=0.5)
        names = ("recall@10", "recall@20", "ndcg@10", "ndcg@20", "mrr@20")
        return RankedModel.model_validate({
            **dict.fromkeys(names, one.model_dump()),
            "coverage": 1.0, "novelty": 1.0, "popularity_lift": 1.0,
            "by_activity": [
                Activity.model_validate({
                    "seen": seen, "users": users,
                    "ndcg@10": {"mean": mean, "low": mean, "high": mean},
                })
                for seen, users, mean in groups
            ],
        })  # fmt: skip

    runs = [
        RankingFigures(
            protocol="", models={"candidate": model(own), "popularity": model(0.1)},
            differences={}, reasons=[],
        )
        for own in (0.2, 0.4)
    ]  # fmt: skip
    _, text = new_users_section(runs)
    assert text[0].startswith("7 users.")
    assert text[-2:] == [
        "| popularity | 0.1000 |",
        "| plain run, candidate | **0.3000** (0.2000 to 0.4000) |",
    ]
