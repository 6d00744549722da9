"""The as-of SQL against a loop over the decisions strictly before the moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from schema import queries
from schema.database import Connection, connect
from schema.windows import TimeWindows
from tests.schema.random_world import (
    HEAVY,
    LIGHT,
    LIKER,
    NOON,
    SILENT,
    TICK,
    USERS,
    Decision,
    Video,
    ask,
    random_decisions,
    write,
)  # fmt: skip

pytestmark = pytest.mark.postgres

END = NOON + timedelta(days=90)
WINDOWS = TimeWindows(END - 2 * TICK, END - TICK, END)
# So many negatives are asked for that every nope of a user with a like becomes a pair.
SAMPLING = {"seed": 1, "ratio": 100, "alpha": 0.75, "tries": 1}
LISTS = ("liked_genres", "liked_genres_counts", "liked_videos", "noped_videos")


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with closing(connect(database)) as opened:
        yield opened


def _features(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """By user; NULL and an empty list are both "none"."""
    return {row["user_id"]: row | {name: row[name] or [] for name in LISTS} for row in rows}


def _at(connection: Connection, at: datetime) -> dict[str, dict[str, Any]]:
    """Features that the request path computes for every user at a moment."""
    return _features(ask(connection, queries.user_moments(at), user_ids=USERS))


def _oracle(decisions: list[Decision], user: str, at: datetime) -> dict[str, Any]:
    past = [d for d in decisions if d.user == user and d.at < at]
    past.sort(key=lambda d: d.video.video_id)
    past.sort(key=lambda d: d.at, reverse=True)
    likes, nopes = [d for d in past if d.liked], [d for d in past if not d.liked]
    prices = [d.video.price for d in likes if d.video.price]  # 0 is no price
    genres = sorted(Counter(d.video.genre for d in likes if d.video.genre).items())
    active = (at - past[-1].at) / timedelta(days=1) if past else None
    idle = (at - past[0].at) / timedelta(days=1) if past else None
    return {
        "user_id": user,
        "total_likes": len(likes),
        "nope_share": len(nopes) / len(past) if past else None,
        "avg_price": pytest.approx(sum(prices) / len(prices)) if prices else None,
        "days_active": pytest.approx(active),
        "likes_per_day": pytest.approx(len(likes) / max(active or 0, 1)),
        "recency_score": pytest.approx(0.5 ** (idle / 30)) if idle is not None else None,
        "liked_genres": [name for name, _ in genres],
        "liked_genres_counts": [count for _, count in genres],
        "liked_videos": [d.video.video_id for d in likes][:100],
        "noped_videos": [d.video.video_id for d in nopes][:100],
    }


@pytest.mark.parametrize("seed", range(4))
def test_every_feature_of_every_user_at_every_moment_is_the_loop_s(
    connection: Connection, seed: int
) -> None:
    decisions = random_decisions(seed)
    write(connection, decisions)
    for at in {d.at + step for d in decisions for step in (timedelta(0), TICK)} | {NOON, END}:
        assert _at(connection, at) == {user: _oracle(decisions, user, at) for user in USERS}


@pytest.mark.parametrize("seed", range(4, 7))
def test_the_training_query_gives_the_request_s_numbers_at_the_same_moment(
    connection: Connection, seed: int
) -> None:
    decisions = random_decisions(seed)
    write(connection, decisions)
    last = {(d.user, d.video.video_id): d for d in sorted(decisions, key=lambda d: d.at)}
    seen = set()
    for row in ask(connection, queries.fill(queries.DECISIONS, WINDOWS, "train", SAMPLING)):
        user, asked = row["user_id"], row.pop("pair_videos")
        del row["labels"], row["sampling_probabilities"], row["pair_video_ages"]
        own = {(user, video) for video in asked} & last.keys()
        (at,) = {last[pair].at for pair in own}
        assert _features([row])[user] == _at(connection, at)[user]
        seen |= own
    assert seen == {pair for pair in last if pair[0] in {HEAVY, LIGHT, LIKER}}


def test_the_users_query_gives_the_request_s_numbers_at_the_end(connection: Connection) -> None:
    write(connection, random_decisions(7))
    rows = ask(connection, queries.fill(queries.USERS, WINDOWS, "all", SAMPLING))
    assert _features(rows) == _at(connection, END)
    assert len(rows) == len(USERS)


def test_later_decisions_change_no_earlier_row(connection: Connection) -> None:
    decisions = random_decisions(8)
    cut = sorted(d.at for d in decisions)[len(decisions) // 2]
    write(connection, [d for d in decisions if d.at < cut])
    before = [_at(connection, at) for at in (cut, cut - TICK, cut - timedelta(days=5))]
    connection.rollback()
    write(connection, decisions)
    assert before == [_at(connection, at) for at in (cut, cut - TICK, cut - timedelta(days=5))]
    assert before[0] != _at(connection, END)


def test_a_history_is_the_newest_hundred_newest_first(connection: Connection) -> None:
    videos = [Video(str(UUID(int=number))) for number in range(110)]
    liked = [
        Decision(LIGHT, video, liked=True, at=NOON + i * TICK) for i, video in enumerate(videos)
    ]
    write(connection, liked)
    row = _at(connection, NOON + 109 * TICK)[LIGHT]
    assert row["liked_videos"] == [str(UUID(int=number)) for number in range(108, 8, -1)]
    assert row["total_likes"] == 109


def test_a_genre_that_is_the_empty_string_is_no_key(connection: Connection) -> None:
    video = Video(str(UUID(int=1)), genre="")
    write(connection, [Decision(LIGHT, video, liked=True, at=NOON)])
    row = _at(connection, END)[LIGHT]
    assert (row["liked_genres"], row["liked_genres_counts"]) == ([], [])


def test_a_silent_user_has_no_history_and_no_invented_number(connection: Connection) -> None:
    write(connection, random_decisions(9))
    row = _at(connection, END)[SILENT]
    assert {name: value for name, value in row.items() if value not in (None, [])} == {
        "user_id": SILENT, "total_likes": 0, "likes_per_day": 0,
    }  # fmt: skip
