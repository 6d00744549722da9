"""Answers of the edge function: their shape, their rungs, and what is never in them."""

from __future__ import annotations

from contextlib import closing

import pytest

from releases.switch import switch
from schema.database import connect
from serving.api.models import AnswerOut
from tests.releases.staging import stage
from tests.serving.edge.conftest import AXIS, Edge
from tests.serving.edge.hand_made import add_files

pytestmark = [pytest.mark.edge, pytest.mark.postgres]


def _decided(edge: Edge, user: str) -> set[str]:
    with closing(connect(edge.database)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT video_id::text FROM user_video_decisions WHERE user_id = %s", (user,)
        )
        return {video for (video,) in cursor}


def _ids(answer: dict[str, object]) -> list[str]:
    return [item["video_id"] for item in answer["items"]]  # type: ignore[attr-defined]


def _someone(edge: Edge) -> str:
    """A user who has not decided on video AXIS."""
    wanted = edge.world.videos[AXIS]
    return next(user for user in edge.world.users if wanted not in _decided(edge, user))


def test_a_fresh_answer_has_the_service_s_form(edge: Edge) -> None:
    user = _someone(edge)
    reply = edge.get(user, "limit=3")
    answer = AnswerOut.model_validate(reply.json())
    assert (answer.rung, answer.model_version, answer.reason, answer.arm) == ("fresh", "1", "", "")
    assert [item.rank for item in answer.items] == [1, 2, 3]
    assert str(answer.items[0].video_id) == edge.world.videos[AXIS]
    assert answer.items[0].score == pytest.approx(1.0, abs=1e-6)
    assert answer.items[1].score == pytest.approx(0.0, abs=1e-6)
    assert list(reply.json()["items"][0]) == ["video_id", "rank", "score", "title"]
    assert reply.headers["X-Model-Version"] == "1"
    assert "tower;dur=" in reply.headers["Server-Timing"]


def test_what_a_user_has_decided_on_is_never_in_an_answer(edge: Edge) -> None:
    for user in edge.world.users[:8]:
        answer = edge.answer(user, "limit=500")
        assert set(_ids(answer)) == set(edge.world.videos) - _decided(edge, user)
        assert len(_ids(answer)) == len(set(_ids(answer)))
        assert answer["reason"] == "no further video is left for this user"


def test_a_decision_counts_at_once(edge: Edge) -> None:
    user = _someone(edge)
    best = _ids(edge.answer(user, "limit=1"))[0]
    edge.do("INSERT INTO user_video_decisions VALUES (%s, %s, 'nope', now())", user, best)
    assert best not in _ids(edge.answer(user, "limit=500"))


def test_excluded_and_unreleased_videos_are_left_out(edge: Edge) -> None:
    user = _someone(edge)
    first, second = _ids(edge.answer(user, "limit=2"))
    left = _ids(edge.answer(user, f"limit=500&exclude={first}"))
    assert first not in left
    assert second in left
    edge.do("UPDATE videos SET released_at = now() + interval '1 day' WHERE video_id = %s", second)
    assert second not in _ids(edge.answer(user, "limit=500"))


def test_only_a_released_version_answers(edge: Edge) -> None:
    """Version 2 is checked at first; its vectors are turned by one video."""
    user = _someone(edge)
    with closing(connect(edge.database)) as connection:
        stage(connection, "2", edge.world.users, edge.world.videos, turn=1)
        add_files(connection, edge.models, "2", AXIS)
        before = edge.answer(user, "limit=1")
        switch(connection, "2", mirror=False)
        connection.commit()
    after = edge.answer(user, "limit=500")
    assert (before["model_version"], _ids(before)) == ("1", [edge.world.videos[AXIS]])
    assert after["model_version"] == "2"
    turned = edge.world.videos[AXIS - 1]
    assert turned in _decided(edge, user) or _ids(after)[0] == turned


def test_files_of_another_hash_are_not_used(edge: Edge) -> None:
    path = edge.models / "1" / "assets.extra" / "edge" / "user.safetensors"
    path.write_bytes(path.read_bytes()[:-4] + b"\0\0\0\1")
    answer = edge.answer(edge.world.users[3], "limit=1")
    assert (answer["rung"], answer["model_version"]) == ("stored", "1")
    assert "another hash" in answer["reason"]


def test_a_model_of_other_features_is_not_used(edge: Edge) -> None:
    with closing(connect(edge.database)) as connection:
        stage(connection, "2", edge.world.users, edge.world.videos)
        add_files(connection, edge.models, "2", AXIS, histories=["watched_videos"])
        switch(connection, "2", mirror=False)
        connection.commit()
    answer = edge.answer(edge.world.users[3], "limit=1")
    assert (answer["rung"], answer["model_version"]) == ("stored", "2")
    assert answer["reason"] == "version 2 reads other features: deploy the function again"


def test_the_ladder_s_last_rungs(edge: Edge) -> None:
    user, nobody = edge.world.users[0], "00000000-0000-4000-8000-000000000001"
    edge.do("UPDATE two_tower.versions SET figures = '{}'")
    stored = edge.answer(user, "limit=1")
    assert stored["rung"] == "stored"
    assert "without weights" in stored["reason"]
    edge.do("DELETE FROM two_tower.user_vectors_1")
    genres = edge.answer(user, "limit=5")
    assert (genres["rung"], genres["model_version"]) == ("genres", "")
    assert _ids(genres)[0] == edge.world.withheld[user], "the only one left of the liked genre"
    assert "popular videos from place 2 on" in genres["reason"]
    assert [item["rank"] for item in genres["items"]] == [1, 2, 3, 4, 5]
    popular = edge.answer(nobody, "limit=5")
    assert popular["rung"] == "popular"
    scores = [item["score"] for item in popular["items"]]
    assert scores == sorted(scores, reverse=True)
    assert "no liked genre" in popular["reason"]


def test_without_a_live_version_popular_videos_answer(edge: Edge) -> None:
    edge.do("DELETE FROM two_tower.live")
    answer = edge.answer("00000000-0000-4000-8000-000000000001", "limit=2")
    assert (answer["rung"], len(answer["items"])) == ("popular", 2)
    assert answer["reason"].startswith("no version is live")
