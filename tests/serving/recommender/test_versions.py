"""A version that a request names answers beside the live one, and leaves no trace."""

from __future__ import annotations

from contextlib import closing
from uuid import UUID

import pytest

from releases.experiments.registry import Kind, start
from releases.registry import State, mark
from schema.database import connect, session
from schema.errors import DatabaseError
from serving.recommender.answer import Rung
from serving.recommender.request import Request, UnknownVersionError
from tests.releases.staging import release, stage
from tests.serving.recommender.conftest import Given

pytestmark = pytest.mark.postgres


@pytest.fixture
def both(given: Given) -> Given:
    """Version 2 is live, 1 is standby; user i's nearest video is i of 1 and i + 3 of 2."""
    with closing(connect(given.url)) as connection:
        release(connection, "2", given.world.users, given.world.videos, turn=-3)
        stage(connection, "3", given.world.users, given.world.videos)
        mark(connection, "3", State.FAILED, reason="it was wrong")
        connection.commit()
    given.recommender.state.refresh()
    return given


def _exposures(given: Given) -> object:
    with session(given.url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM two_tower.exposures")
        return cursor.fetchone()


def test_the_standby_version_answers_with_its_own_vectors(both: Given) -> None:
    user, videos = str(UUID(int=9)), both.world.videos  # who has decided on nothing
    live = both.recommender.recommend(Request(user, limit=1))
    named = both.recommender.recommend(Request(user, limit=1, version="1"))
    assert (live.model_version, live.items[0].video_id) == ("2", videos[8])
    assert (named.model_version, named.items[0].video_id) == ("1", videos[5])
    assert (named.rung, named.arm, named.reason) == (Rung.FRESH, "", "")
    (first, second) = both.recommender.recommend_many(
        [Request(user, limit=1, version="1"), Request(user, limit=1)]
    )
    assert (first.items, second.items) == (named.items, live.items)


def test_those_with_vectors_can_be_asked(both: Given) -> None:
    there = both.recommender.versions()
    assert [(one.version, one.state) for one in there] == [("2", "live"), ("1", "standby")]
    for version in ("3", "4"):
        with pytest.raises(UnknownVersionError, match="expected a version among 2, 1, got"):
            both.recommender.recommend(Request(both.world.users[5], version=version))


def test_the_process_copies_no_version_because_a_request_names_it(both: Given) -> None:
    both.recommender.state._now.clear()
    both.recommender.recommend(Request(both.world.users[5], version="1", explain=True))
    assert not both.recommender.state._now.is_set()
    assert both.recommender.state.index("1") is None


def test_a_model_that_is_not_served_opens_no_breaker(both: Given) -> None:
    """The stored embedding answers."""
    both.down = True
    for _ in range(5):
        answer = both.recommender.recommend(Request(both.world.users[7], limit=1, version="1"))
    assert (answer.rung, answer.items[0].video_id) == (Rung.STORED, both.world.videos[7])
    for _ in range(5):
        both.recommender.recommend_many([Request(user, version="2") for user in both.world.users])
    assert not both.recommender.model_server.reason


def test_it_is_no_exposure_and_has_no_arm(both: Given) -> None:
    with session(both.url) as connection:
        start(connection, "first", control="2", candidate="1", kind=Kind.SPLIT)
    both.recommender.state.refresh()
    for user in both.world.users[:4]:
        answer = both.recommender.recommend(Request(user, limit=2, version="1"))
        assert (answer.arm, answer.model_version) == ("", "1")
    both.recommender.recommend(Request(both.world.users[0], limit=1))
    both.recommender._log.close()
    assert _exposures(both) == (1,)


def test_it_is_neither_remembered_nor_answered_from_memory(both: Given) -> None:
    user = both.world.users[5]
    live = both.recommender.recommend(Request(user, limit=1))
    both.recommender.recommend(Request(user, limit=1, version="1"))
    for _ in range(3):
        both.recommender.database.failed("gone")
    assert both.recommender.recommend(Request(user, limit=1)).items == live.items
    with pytest.raises(DatabaseError):
        both.recommender.recommend(Request(user, limit=1, version="1"))
