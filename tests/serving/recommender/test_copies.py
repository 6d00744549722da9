"""The copies of versions that the process keeps, and what answers do without one."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace

import pytest

from schema.database import connect
from serving.recommender.answer import Rung
from serving.recommender.request import Request
from serving.recommender.state import State
from tests.killed.processes import within
from tests.releases.staging import release, stage
from tests.serving.recommender.conftest import Given


def _there(given: Given, version: str) -> bool:
    return given.recommender.state.index(version, load=False) is not None


def test_a_staged_version_has_a_copy_before_it_goes_live(given: Given) -> None:
    with closing(connect(given.url)) as connection:
        stage(connection, "2", given.world.users, given.world.videos, turn=1)
        assert within(5, lambda: _there(given, "2"))
        assert _there(given, "1")
        release(connection, "3", given.world.users, given.world.videos, turn=1)
    assert within(5, lambda: not _there(given, "1"))
    assert _there(given, "3")


def test_a_switch_reads_copies_alone_and_new_videos_the_catalogue_too(given: Given) -> None:
    """Catalogue and popularity take longer, and no switch changes them."""
    state = given.recommender.state
    before = state.catalogue
    with closing(connect(given.url)) as connection:
        release(connection, "2", given.world.users, given.world.videos[:-1], turn=1)
        state.refresh(due=False)
        assert _there(given, "2")
        assert state.catalogue is before
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO two_tower.video_vectors_2 (video_id, embedding)"
                " SELECT video_id, embedding FROM two_tower.video_vectors_1 WHERE video_id = %s",
                (given.world.videos[-1],),
            )
            cursor.execute("UPDATE two_tower.versions SET videos = videos + 1 WHERE version = '2'")
        connection.commit()
    state.refresh(due=False)
    assert state.catalogue is not before
    found = state.index("2", load=False)
    assert found is not None
    assert len(found) == len(given.world.videos)


def test_a_version_of_too_many_videos_has_no_copy_and_is_not_waited_for(given: Given) -> None:
    state = given.recommender.state
    state._most = len(given.world.videos) - 1
    state.refresh()
    answer = given.recommender.recommend(Request(given.world.users[1], limit=2))
    assert answer.rung is Rung.FRESH
    assert not _there(given, "1")
    assert not state._now.is_set()


def test_searches_by_sql_are_few_at_a_time(given: Given) -> None:
    """The others are answered by a lower rung, which says why."""
    with closing(connect(given.url)) as connection:
        release(connection, "2", given.world.users, given.world.videos)
    state = given.recommender.state
    state._indexes.clear()
    request = Request(given.world.users[1], limit=2)
    while state.sql.acquire(blocking=False):
        pass
    answer = given.recommender.recommend(request)
    assert answer.rung in {Rung.GENRES, Rung.POPULAR}
    assert answer.reason.startswith("the copy of version 2 is being loaded")
    state.sql.release()
    state._indexes.clear()
    assert given.recommender.recommend(request).rung is Rung.FRESH
    state.sql.release()


def test_an_answer_without_videos_for_want_of_time_is_what_the_process_knows(
    given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = replace(given.recommender._options, deadline_s=0.2)
    monkeypatch.setattr(given.recommender, "_options", options)
    given.meanwhile = lambda: time.sleep(0.25)
    given.down = True
    answer = given.recommender.recommend(Request(given.world.users[1], limit=3))
    assert answer.rung is Rung.MEMORY
    assert len(answer.items) == 3
    assert "no time was left for" in answer.reason


def test_a_copy_that_is_wanted_while_the_database_is_away_is_tried_by_the_second() -> None:
    """Not again and again without a pause."""
    state = State("postgresql://127.0.0.1:1/none")
    assert state.index("1") is None
    assert state._now.is_set()
    state._try()
    assert not state._now.is_set()


def test_users_and_videos_without_a_vector_are_counted(given: Given) -> None:
    assert given.recommender.health().without_vector == {"user": 0, "video": 0}
    given.do("INSERT INTO users VALUES ('00000000-0000-4000-8000-000000000001', now())")
    given.recommender.state.refresh()
    assert given.recommender.health().without_vector == {"user": 1, "video": 0}
