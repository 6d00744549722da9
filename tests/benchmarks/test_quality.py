"""The bench of quality: how a protocol splits, the pseudo law."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from benchmarks.quality.protocols import COLD, P1
from benchmarks.quality.pseudo import load_world, make_world
from schema.database import Connection, connect
from tests.toy_world import fill


def _decisions(connection: Connection) -> dict[str, list[tuple[datetime, str]]]:
    found: dict[str, list[tuple[datetime, str]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT user_id::text, decided_at, video_id::text FROM user_video_decisions"
            " ORDER BY decided_at, video_id"
        )
        for user, at, video in cursor:
            found.setdefault(user, []).append((at, video))
    return found


@pytest.mark.postgres
def test_p1_cuts_each_user_s_own_decisions_and_keeps_their_order(database: str) -> None:
    with closing(connect(database)) as connection:
        fill(connection)
        before = _decisions(connection)
        with connection.cursor() as cursor:
            for statement in P1.statements:
                cursor.execute(statement)
        after = _decisions(connection)
    train_end, eval_begin, end = (
        datetime.fromisoformat(str(P1.settings[name]))
        for name in ("train_end", "valid_end", "eval_end")
    )
    assert before.keys() == after.keys()
    for user, own in after.items():
        assert {video for _, video in own} == {video for _, video in before[user]}
        old = {video: at for at, video in before[user]}
        known = [(at, old[video]) for at, video in own if at < train_end]
        assert {at - was for at, was in known} == {known[0][0] - known[0][1]}  # one shift
        assert [old[video] for _, video in own] == sorted(old.values())
        count = len(own)
        assert sum(at < eval_begin for at, _ in own) == -(-8 * count // 10)
        assert sum(at < train_end for at, _ in own) == -(-72 * count // 100)
        assert all(at < end for at, _ in own)


@pytest.mark.postgres
def test_cold_hides_a_fifth_of_the_videos_from_train_alone(database: str) -> None:
    with closing(connect(database)) as connection:
        fill(connection)
        with connection.cursor() as cursor:
            for statement in P1.statements:
                cursor.execute(statement)
            whole = _decisions(connection)
            for statement in COLD.statements[1:]:
                cursor.execute(statement)
        left = _decisions(connection)
    begin = datetime.fromisoformat(str(P1.settings["valid_end"]))

    def videos(found: dict[str, list[tuple[datetime, str]]], *, late: bool) -> set[str]:
        return {v for own in found.values() for at, v in own if (at >= begin) == late}

    hidden = videos(whole, late=False) - videos(left, late=False)
    assert 0.05 < len(hidden) / len(videos(whole, late=False)) < 0.4
    assert videos(left, late=True) == videos(whole, late=True)
    gone = sum(len(own) for own in whole.values()) - sum(len(own) for own in left.values())
    early = [v for own in whole.values() for at, v in own if at < begin]
    assert gone == sum(video in hidden for video in early)


def test_the_pseudo_law_can_be_drawn_again_and_leaves_little_to_chance() -> None:
    world, again = (make_world(5, users=8, videos=2000, ratings=200) for _ in range(2))
    assert np.array_equal(world.rated, again.rated)
    assert np.array_equal(world.liked, again.liked)
    assert not np.array_equal(world.rated, make_world(6, users=8, videos=2000, ratings=200).rated)
    assert all(len(set(own)) == 200 for own in world.rated.tolist())
    taste = np.take_along_axis(world.taste, world.rated, axis=1)
    assert average_precision_score(world.liked.ravel(), taste.ravel()) > 0.99
    assert 0.2 < world.liked.mean() < 0.5
    assert not any(" " in title for title in world.titles)


@pytest.mark.postgres
def test_the_pseudo_world_arrives_in_the_tables_as_drawn(database: str) -> None:
    world = make_world(5, users=3, videos=500, ratings=50)
    with closing(connect(database)) as connection:
        load_world(connection, world)
        found = _decisions(connection)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM user_video_decisions WHERE decision = 'like'")
            assert cursor.fetchone() == (int(world.liked.sum()),)
    for user, rated in zip(world.users, world.rated, strict=True):
        assert [video for _, video in found[user]] == [world.videos[row] for row in rated]
