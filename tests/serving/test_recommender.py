"""An answer is one short transaction and one snapshot, whatever happens beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from schema.database import Connection, connect, session
from schema.errors import DatabaseError, ModelServerError
from serving.popularity import Popularity
from serving.recommender.recommend import recommend_videos
from tests.releases.staging import release_alike
from tests.toy_world import ToyWorld, fill

pytestmark = pytest.mark.postgres


@pytest.fixture
def world(database: str) -> ToyWorld:
    with closing(connect(database)) as opened:
        return fill(opened)


@pytest.fixture
def kept(database: str, world: ToyWorld) -> Iterator[Connection]:
    """A connection that is used again and again, as an application does."""
    assert world.users
    with closing(connect(database, readonly=True)) as opened:
        yield opened


def _client(meanwhile: Callable[[], object] = lambda: None) -> Any:
    """A model server that gives every user the same vector, after something has happened."""

    def embed_users(*_: object) -> list[Any]:
        meanwhile()
        return [np.ones(768, np.float32)]

    return SimpleNamespace(embed_users=embed_users)


def _dead(*_: object) -> Any:
    raise ModelServerError("an answer", "none", "start it")


DEAD: Any = SimpleNamespace(embed_users=_dead)


def _release(url: str, version: str) -> None:
    with session(url) as connection:
        release_alike(connection, version)


def _do(url: str, statement: str, values: tuple[object, ...] = ()) -> None:
    with session(url) as connection, connection.cursor() as cursor:
        cursor.execute(statement, values or None)


@pytest.mark.parametrize("client", [_client(), DEAD])
def test_a_like_between_two_calls_is_gone_from_the_second(
    database: str, kept: Connection, world: ToyWorld, client: Any
) -> None:
    _release(database, "7")
    user, popularity = world.users[0], Popularity()
    first = recommend_videos(kept, client, user, 20, popularity).videos
    liked = first[0].video_id
    _do(database, "INSERT INTO user_video_decisions VALUES (%s, %s, 'like', now())", (user, liked))
    second = recommend_videos(kept, client, user, 20, popularity).videos
    assert liked not in {video.video_id for video in second}
    assert [video.video_id for video in second][:19] == [video.video_id for video in first][1:]


def test_a_call_leaves_no_transaction_open_and_no_lock(
    database: str, kept: Connection, world: ToyWorld
) -> None:
    _release(database, "7")
    level = kept.isolation_level
    recommend_videos(kept, _client(), world.users[0])
    assert kept.info.transaction_status == TRANSACTION_STATUS_IDLE
    assert kept.isolation_level == level
    _do(database, "SET LOCAL lock_timeout = '1s'; ALTER TABLE videos ADD shelf text")


def test_a_release_in_the_middle_changes_nothing_of_an_answer(
    database: str, kept: Connection, world: ToyWorld
) -> None:
    """Every vector belongs to the next version when the neighbours are looked for."""
    _release(database, "7")
    released = _client(lambda: _release(database, "8"))
    answer = recommend_videos(kept, released, world.users[0], 10)
    assert (answer.version, len(answer.videos), answer.reason) == ("7", 10, "")
    assert recommend_videos(kept, _client(), world.users[0], 10).version == "8"


def test_a_user_who_has_seen_all_gets_nothing_and_a_reason(
    database: str, kept: Connection, world: ToyWorld
) -> None:
    user = world.users[0]
    _release(database, "7")
    _do(
        database,
        "INSERT INTO user_video_decisions SELECT %s, video_id, 'nope', now() FROM videos",
        (user,),
    )
    answer = recommend_videos(kept, _client(), user)
    assert (answer.videos, answer.reason) == ([], "this user has decided on every video")
    answer = recommend_videos(kept, DEAD, user)
    assert answer.videos == []
    assert answer.reason.endswith("; this user has decided on every video")


def test_popularity_has_the_videos_that_nobody_likes_too(
    database: str, kept: Connection, world: ToyWorld
) -> None:
    """A video with a nope and no like, and one that nobody has decided on: last, with 0 likes."""
    video, unknown = world.videos[2], "ffffffff-0000-0000-0000-000000000001"
    _do(database, "DELETE FROM user_video_decisions WHERE video_id = %s", (video,))
    _do(
        database,
        "INSERT INTO user_video_decisions VALUES (%s, %s, 'nope', now())",
        (world.users[1], video),
    )
    _do(database, "INSERT INTO videos VALUES (%s, 'new')", (unknown,))
    _do(database, "INSERT INTO users VALUES (%s)", (unknown,))
    answer = recommend_videos(kept, DEAD, unknown, 100)
    assert len(answer.videos) == 61
    assert {(v.video_id, v.score) for v in answer.videos[-2:]} == {(video, 0.0), (unknown, 0.0)}


def test_popularity_is_counted_once_for_a_while_and_says_its_age(
    database: str, kept: Connection, world: ToyWorld
) -> None:
    now = [1000.0]
    popularity = Popularity(keep_s=60, clock=lambda: now[0])
    first = recommend_videos(kept, DEAD, world.users[0], 5, popularity)
    assert first.age_s == 0
    _do(database, "DELETE FROM user_video_decisions")
    now[0] += 59
    again = recommend_videos(kept, DEAD, world.users[0], 5, popularity)
    assert again.age_s == 59
    assert [video.score for video in again.videos] == [20.0, 20.0, 20.0, 20.0, 20.0]
    now[0] += 1
    anew = recommend_videos(kept, DEAD, world.users[0], 5, popularity)
    assert (anew.age_s, anew.videos[0].score) == (0, 0.0)


def test_a_lost_connection_is_our_error(database: str, kept: Connection, world: ToyWorld) -> None:
    recommend_videos(kept, DEAD, world.users[0])
    _do(database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
        " datname = current_database() AND pid <> pg_backend_pid()")  # fmt: skip
    with pytest.raises(DatabaseError, match=r'^expected the (server|connection) to .*, got ".*": '):
        recommend_videos(kept, DEAD, world.users[0])


def test_a_call_in_a_transaction_of_the_caller_leaves_that_open(
    kept: Connection, world: ToyWorld
) -> None:
    with kept.cursor() as cursor:
        cursor.execute("SELECT txid_current_if_assigned(), pg_backend_pid()")
        recommend_videos(kept, DEAD, world.users[0])
        assert kept.info.transaction_status != TRANSACTION_STATUS_IDLE


def test_the_rights_that_roles_sql_gives_for_requests_are_enough(
    database: str, world: ToyWorld
) -> None:
    rights = (Path(__file__).parents[2] / "serving" / "roles.sql").read_text(encoding="utf-8")
    run, serve = (f"{kind}_{uuid4().hex[:8]}" for kind in ("run", "serve"))
    _do(database, rights.replace("two_tower_run", run).replace("two_tower_serve", serve))
    try:
        _release(database.replace("//postgres@", f"//{run}@"), "7")
        with closing(connect(database.replace("//postgres@", f"//{serve}@"))) as connection:
            assert len(recommend_videos(connection, _client(), world.users[0]).videos) == 20
    finally:
        for role in (run, serve):
            _do(database, f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}")
