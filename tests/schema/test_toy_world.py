"""The toy world keeps its law: what every other test that uses it relies on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from schema.database import Connection, connect
from schema.windows import WindowRule, resolve_windows
from tests.toy_world import START, ToyWorld, fill

pytestmark = pytest.mark.postgres


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with closing(connect(database)) as opened:
        yield opened


@pytest.fixture
def world(connection: Connection) -> ToyWorld:
    return fill(connection)


def _all(connection: Connection, query: str) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def test_users_like_their_taste_and_nope_the_other(connection: Connection, world: ToyWorld) -> None:
    rows = _all(connection, "SELECT user_id, video_id, decision FROM user_video_decisions")
    assert len(rows) == 40 * 40
    for user, video, decision in rows:
        assert (world.taste[user] == world.taste[video]) == (decision == "like")


def test_the_withheld_video_is_the_only_undecided_one_of_the_user_s_taste(
    connection: Connection, world: ToyWorld
) -> None:
    decided = set(_all(connection, "SELECT user_id, video_id FROM user_video_decisions"))
    for user in world.users:
        own = [video for video in world.videos if world.taste[video] == world.taste[user]]
        assert [video for video in own if (user, video) not in decided] == [world.withheld[user]]
    assert len(set(world.withheld.values())) == 40


def test_every_user_likes_and_nopes_in_every_window(
    connection: Connection, world: ToyWorld
) -> None:
    windows = resolve_windows(connection, WindowRule())
    cuts = [windows.train_end - START, windows.valid_end - START]
    assert cuts == [timedelta(days=31, minutes=39), timedelta(days=35, minutes=39)]
    rows = _all(connection, "SELECT user_id, decision, decided_at FROM user_video_decisions")
    seen = {
        (user, decision, (at >= windows.train_end) + (at >= windows.valid_end))  # type: ignore[operator]
        for user, decision, at in rows
    }
    assert len(seen) == len(world.users) * 2 * 3
