"""While an experiment runs, users get their arms, and what they are shown is kept."""

from __future__ import annotations

from contextlib import closing
from uuid import UUID

import pytest

from releases.experiments.assignment import assign
from releases.experiments.logs import Event
from releases.experiments.registry import Kind, start
from schema.database import connect, session
from schema.errors import DataError
from serving.recommender.answer import Rung
from serving.recommender.request import Request
from tests.killed.processes import within
from tests.releases.staging import stage
from tests.serving.recommender.conftest import Given

pytestmark = pytest.mark.postgres


def _start(given: Given, kind: Kind) -> None:
    """Version 2 against the live 1; user i's nearest video of version 2 is i + 3."""
    with closing(connect(given.url)) as connection:
        stage(connection, "2", given.world.users, given.world.videos, turn=-3)
        start(connection, "first", control="1", candidate="2", kind=kind)
        connection.commit()
    given.recommender.state.refresh()


def _rows(given: Given, statement: str) -> list[tuple[object, ...]]:
    with session(given.url) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_each_user_is_answered_by_the_version_of_the_arm_and_it_is_kept(given: Given) -> None:
    _start(given, Kind.SPLIT)
    experiment = given.recommender.state.experiment
    assert experiment is not None
    arms = set()
    for user in given.world.users[:12]:
        answer = given.recommender.recommend(Request(user, limit=2))
        with session(given.url) as connection:
            arm = assign(connection, experiment, user)
        assert (answer.arm, answer.model_version) == arm
        arms.add(arm.name)
    assert arms == {"control", "candidate"}
    shown = "SELECT count(*), count(DISTINCT user_id) FROM two_tower.exposures"
    assert within(10, lambda: _rows(given, shown) == [(24, 12)])
    kept = _rows(given, "SELECT count(*) FROM two_tower.assignments")
    assert kept == [(12,)]


def test_an_interleaved_answer_has_videos_of_both_lists(given: Given) -> None:
    _start(given, Kind.INTERLEAVING)
    answer = given.recommender.recommend(Request(given.world.users[5], limit=2))
    assert (answer.arm, answer.rung) == ("interleaved", Rung.FRESH)
    assert {item.arm for item in answer.items} == {"control", "candidate"}
    credited = {item.arm: item.video_id for item in answer.items}
    assert credited["control"] == given.world.videos[5]
    shown = "SELECT arm, position FROM two_tower.exposures ORDER BY position"
    wanted = [(item.arm, item.rank) for item in answer.items]
    assert within(10, lambda: _rows(given, shown) == wanted)


def test_events_of_an_answer_are_kept(given: Given) -> None:
    answer = given.recommender.recommend(Request(given.world.users[5], limit=1))
    video = answer.items[0].video_id
    ((now,),) = _rows(given, "SELECT now()")
    given.recommender.log_events([Event(answer.request_id, video, now, dwell_s=12.5)])  # type: ignore[arg-type]
    kept = "SELECT request_id::text, video_id::text, clicked, dwell_s FROM two_tower.events"
    assert within(10, lambda: _rows(given, kept) == [(answer.request_id, video, True, 12.5)])
    assert _rows(given, "SELECT count(*) FROM two_tower.exposures") == [(0,)]  # none runs


def test_similar_videos_are_the_nearest_without_the_video(given: Given) -> None:
    answer = given.recommender.similar(given.world.videos[5], 3)
    assert (answer.model_version, len(answer.items)) == ("1", 3)
    assert given.world.videos[5] not in {item.video_id for item in answer.items}
    with pytest.raises(DataError, match="expected a video of the live version"):
        given.recommender.similar(str(UUID(int=1)), 3)


def test_the_page_s_users_and_their_likes(given: Given) -> None:
    (user,) = given.recommender.sample_users(1)
    assert user in given.world.users
    titles = given.recommender.liked_titles(user, 5)
    assert len(titles) == 5
    assert given.recommender.liked_titles(str(UUID(int=1)), 5) == []


def test_health_names_what_is_wrong(given: Given) -> None:
    health = given.recommender.health()
    assert (health.ready, health.live_version, health.index_videos) == (True, "1", 60)
    for _ in range(3):
        given.recommender.model_server.failed("gone")
    health = given.recommender.health()
    assert (health.ready, health.dependencies["model server"]) == (False, "gone")
