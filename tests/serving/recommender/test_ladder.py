"""Each rung answers where the one above it fails, and says why."""

from __future__ import annotations

import time
from contextlib import closing
from uuid import UUID

import pytest

from releases.switch import switch
from schema.database import connect
from schema.errors import DatabaseError, ModelServerError
from serving.api.settings import Settings
from serving.api.wiring import open_recommender
from serving.popularity import Popularity
from serving.recommender.answer import Rung
from serving.recommender.ladder import UnknownUsers
from serving.recommender.recommender import Options
from serving.recommender.request import Filters, Request
from tests.killed.processes import within
from tests.releases.staging import release
from tests.serving.recommender.conftest import Given

pytestmark = pytest.mark.postgres

SILENT = "http://127.0.0.1:9"
NOBODY = str(UUID(int=9))


def _unseen(given: Given, place: int) -> str:
    """A user who has not decided on video `place`: the one who withholds it, below 40."""
    return given.world.users[place]


def test_the_fresh_embedding_comes_first(given: Given) -> None:
    answer = given.recommender.recommend(Request(_unseen(given, 5), limit=3))
    assert (answer.rung, answer.model_version, answer.reason) == (Rung.FRESH, "1", "")
    assert [item.rank for item in answer.items] == [1, 2, 3]
    assert answer.items[0].video_id == given.world.videos[5]
    assert answer.items[0].score == pytest.approx(1)
    stages = ["connection", "decisions", "features", "model server", "search", "titles"]
    assert list(answer.timings_ms) == stages


def test_without_the_model_server_the_stored_embedding_answers(given: Given) -> None:
    given.down = True
    answer = given.recommender.recommend(Request(_unseen(given, 7), limit=1))
    assert (answer.rung, answer.model_version) == (Rung.STORED, "1")
    assert answer.reason.startswith("expected an answer, got none")
    assert answer.items[0].video_id == given.world.videos[7]


def test_without_a_stored_embedding_the_user_s_genres_answer(given: Given) -> None:
    given.down = True
    user = given.world.users[3]
    given.do("DELETE FROM two_tower.user_vectors_1 WHERE user_id = %s", user)
    answer = given.recommender.recommend(Request(user, limit=5))
    assert (answer.rung, answer.model_version) == (Rung.GENRES, "")
    assert answer.items[0].video_id == given.world.withheld[user]  # the last of that genre
    assert answer.reason.endswith(
        "no embedding of this user is stored; popular videos from place 2 on"
    )
    assert [item.rank for item in answer.items] == [1, 2, 3, 4, 5]


def test_never_fewer_than_asked_while_there_are_unseen_videos(given: Given) -> None:
    """A video without a vector comes last, once."""
    user, new = _unseen(given, 5), str(UUID(int=8))
    given.do("INSERT INTO videos (video_id, title) VALUES (%s, 'new')", new)
    given.recommender.state.popularity._counted_at = -1e9
    given.recommender.state.refresh()
    found = given.recommender.recommend(Request(user, limit=100))
    shown = [item.video_id for item in found.items]
    assert len(shown) == len(set(shown)) == 61 - 40
    assert shown[-1] == new
    assert found.reason == (
        "popular videos from place 21 on; no further video is left for this user"
    )


def test_without_liked_genres_popularity_answers(given: Given) -> None:
    given.down = True
    answer = given.recommender.recommend(Request(NOBODY, limit=5))
    assert answer.rung is Rung.POPULAR
    assert answer.reason.endswith("no liked genre of this user is known")
    scores = [item.score for item in answer.items]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == 20


def test_a_user_without_a_decision_is_answered_as_the_setting_says(given: Given) -> None:
    """By default the model answers; a version that a request names always does."""
    assert given.recommender.recommend(Request(NOBODY, limit=2)).rung is Rung.FRESH
    given.recommender._ladder._unknown = UnknownUsers.POPULAR
    answer = given.recommender.recommend(Request(NOBODY, limit=2))
    assert (answer.rung, answer.model_version) == (Rung.POPULAR, "")
    assert answer.reason == "this user has decided on no video"
    asked = [Request(NOBODY, 2), Request(_unseen(given, 5), 2), Request(NOBODY, 2, version="1")]
    rungs = [answer.rung for answer in given.recommender.recommend_many(asked)]
    assert rungs == [Rung.POPULAR, Rung.FRESH, Rung.FRESH]


def test_the_service_s_setting_reaches_the_ladder(given: Given) -> None:
    """Nothing was asked of the model server, which is not there."""
    settings = Settings(
        unknown_users=UnknownUsers.POPULAR, deadline_ms=5000, model_server_url=SILENT
    )
    with closing(open_recommender(settings, given.url)) as recommender:
        answer = recommender.recommend(Request(NOBODY, limit=2))
    assert answer.reason == "this user has decided on no video"


def test_without_postgres_the_last_answer_is_remembered(given: Given) -> None:
    user = _unseen(given, 5)
    first = given.recommender.recommend(Request(user, limit=10))
    given.recommender.database.failed("gone")
    given.recommender.database.failed("gone")
    given.recommender.database.failed("gone")
    answer = given.recommender.recommend(Request(user, limit=10))
    assert (answer.rung, answer.items) == (Rung.MEMORY, first.items)
    assert answer.reason == "the database is down: gone"
    even = given.recommender.recommend(Request(user, filters=Filters(genre="even")))
    assert even.rung == Rung.MEMORY
    assert even.items
    videos = given.recommender.state.catalogue.videos
    assert {videos[item.video_id].genre for item in even.items} == {"even"}
    given.recommender.state.popularity = Popularity()
    with pytest.raises(DatabaseError, match=r"expected an answer of the database"):
        given.recommender.recommend(Request(NOBODY))


def test_a_user_who_is_not_remembered_gets_popular_videos(given: Given) -> None:
    given.down = True
    popular = given.recommender.recommend(Request(NOBODY, limit=10))
    for _ in range(3):
        given.recommender.database.failed("gone")
    other = given.recommender.recommend(Request(str(UUID(int=10)), limit=4))
    assert (other.rung, other.items) == (Rung.MEMORY, popular.items[:4])


def test_an_empty_answer_has_a_reason(given: Given) -> None:
    given.do(
        "INSERT INTO user_video_decisions SELECT %s, video_id, 'nope', now() FROM videos",
        given.world.users[0],
    )
    answer = given.recommender.recommend(Request(given.world.users[0]))
    assert answer.items == []
    assert answer.reason.endswith("no further video is left for this user")


def test_a_like_counts_in_the_next_answer(given: Given) -> None:
    user = _unseen(given, 5)
    first = given.recommender.recommend(Request(user, limit=1)).items[0].video_id
    given.do("INSERT INTO user_video_decisions VALUES (%s, %s, 'like', now())", user, first)
    assert given.recommender.recommend(Request(user, limit=1)).items[0].video_id != first


def test_excluded_unreleased_deleted_and_filtered_videos_are_left_out(given: Given) -> None:
    """Between two refreshes of what the process keeps."""
    user = _unseen(given, 5)
    videos = given.world.videos
    everything = given.recommender.recommend(Request(user, limit=100)).items
    shown = [item.video_id for item in everything]
    late, gone, excluded = shown[0], shown[1], shown[2]
    given.do("UPDATE videos SET released_at = 'infinity' WHERE video_id = %s", late)
    given.do("DELETE FROM videos WHERE video_id = %s", gone)
    odd = given.recommender.recommend(
        Request(user, 100, frozenset({excluded}), Filters(genre="odd"))
    )
    wanted = [v for v in shown[3:] if given.world.taste[v] == "odd"]
    assert sorted(item.video_id for item in odd.items) == sorted(wanted)
    assert odd.reason == "no further video is left for this user"
    cheap = given.recommender.recommend(Request(user, 100, filters=Filters(price_max=500.0)))
    prices = {video: (500 + 100 * (n // 2 % 7)) for n, video in enumerate(videos) if n % 10 != 9}
    assert {prices.get(item.video_id) for item in cheap.items} == {500}


def test_a_switch_is_seen_by_the_next_answer(given: Given) -> None:
    """While the process has no copy of the new version yet, SQL searches."""
    user = _unseen(given, 5)
    with closing(connect(given.url)) as connection:
        release(connection, "2", given.world.users, given.world.videos, turn=1)
        answer = given.recommender.recommend(Request(user, limit=1))
        assert (answer.model_version, answer.rung) == ("2", Rung.FRESH)
        given.axis = 6
        by_sql = given.recommender.recommend(Request(user, limit=10))
        given.recommender.state.refresh()
        by_copy = given.recommender.recommend(Request(user, limit=10))
        assert by_sql.items[0].video_id == by_copy.items[0].video_id == given.world.videos[5]
        switch(connection, "1", mirror=True)
        connection.commit()
    given.axis = 5
    rolled_back = given.recommender.recommend(Request(user, limit=1))
    assert (rolled_back.model_version, rolled_back.items[0].video_id) == (
        "1", given.world.videos[5],
    )  # fmt: skip


def test_a_release_in_the_middle_of_an_answer_changes_nothing_of_it(given: Given) -> None:
    def once() -> None:
        given.meanwhile = lambda: None
        with closing(connect(given.url)) as connection:
            release(connection, "2", given.world.users, given.world.videos, turn=9)

    given.meanwhile = once
    answer = given.recommender.recommend(Request(_unseen(given, 5), limit=1))
    assert (answer.model_version, answer.items[0].video_id) == ("1", given.world.videos[5])


def test_explained_by_the_nearest_liked_video(given: Given) -> None:
    user = given.world.users[0]
    answer = given.recommender.recommend(Request(user, limit=2, explain=True))
    with closing(connect(given.url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT title FROM user_video_decisions JOIN videos USING (video_id)"
            " WHERE user_id = %s AND decision = 'like'",
            (user,),
        )
        liked = {title for (title,) in cursor}
    assert all(item.because in liked for item in answer.items)


def test_late_is_answered_by_what_is_remembered(given: Given) -> None:
    """A statement that outlasts the deadline is cancelled."""
    user = _unseen(given, 5)
    first = given.recommender.recommend(Request(user, limit=5))
    options = given.recommender._options
    given.recommender._options = options.__class__(deadline_s=0.05)
    with closing(connect(given.url)) as connection, connection.cursor() as cursor:
        cursor.execute("LOCK TABLE user_video_decisions")
        answer = given.recommender.recommend(Request(user, limit=5))
    assert (answer.rung, answer.items) == (Rung.MEMORY, first.items)
    assert answer.reason == "the database took too long"


def test_many_answers_are_those_of_each_alone_in_their_order(given: Given) -> None:
    """Found together, by one request; a user who has too few videos left, one by one."""
    calls = list[int]()
    given.meanwhile = lambda: calls.append(1)
    users = [*given.world.users[:4], given.world.users[2]]
    requests = [
        Request(user, limit=1 + n, filters=Filters(genre="even" if n == 3 else None))
        for n, user in enumerate(users)
    ]
    found = given.recommender.recommend_many(requests)
    assert sum(calls) == 1
    given.meanwhile = lambda: None
    alone = [given.recommender.recommend(request) for request in requests]
    assert [answer.items for answer in found] == [answer.items for answer in alone]
    assert {answer.rung for answer in found} == {Rung.FRESH}
    assert len({answer.request_id for answer in found}) == 5
    (one,) = given.recommender.recommend_many([Request(users[0], limit=100)])
    assert one.reason == "no further video is left for this user"


def test_many_answers_without_a_model_server_are_of_the_rungs_below(given: Given) -> None:
    given.down = True
    found = given.recommender.recommend_many([Request(u, limit=2) for u in given.world.users[:3]])
    assert [answer.rung for answer in found] == [Rung.STORED] * 3
    for _ in range(3):
        given.recommender.database.failed("gone")
    kept = given.recommender.recommend_many([Request(u, limit=2) for u in given.world.users[:3]])
    assert [answer.rung for answer in kept] == [Rung.MEMORY] * 3


def test_a_slow_model_server_leaves_time_for_the_rung_below(given: Given) -> None:
    """It gets a part of the time that is left, and no more."""
    asked = list[float]()

    def slow(*_: object, timeout_s: float, **__: object) -> None:
        asked.append(timeout_s)
        time.sleep(timeout_s)
        raise ModelServerError("an answer", "none in time", "start it")

    given.recommender._client.embed = slow  # type: ignore[assignment, method-assign]
    given.recommender._options = Options(deadline_s=1.0)
    answer = given.recommender.recommend(Request(_unseen(given, 7), limit=1))
    assert answer.rung is Rung.STORED
    assert 0.3 < asked[0] <= 0.6


def test_a_model_server_that_does_not_serve_the_live_version_is_not_asked(given: Given) -> None:
    states = {"1": "LOADING"}
    given.recommender._client.versions = lambda: states  # type: ignore[method-assign]
    given.recommender.start_asking()
    answer = given.recommender.recommend(Request(_unseen(given, 7), limit=1))
    assert answer.rung is Rung.STORED
    assert "expected the live version 1 to be AVAILABLE, got LOADING" in answer.reason
    states["1"] = "AVAILABLE"
    assert within(5, lambda: not given.recommender.model_server.reason)
    assert given.recommender.recommend(Request(_unseen(given, 7), limit=1)).rung is Rung.FRESH
