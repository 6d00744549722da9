"""Recommendations and similar videos over HTTP."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from serving.recommender.answer import Answer, Rung
from serving.recommender.request import Filters, Request
from tests.serving.api.conftest import Service, Start
from tests.serving.api.fake import ANSWER_ID, USER, VIDEOS, FakeRecommender

PATH = f"/v1/users/{USER}/recommendations"


def test_a_user_gets_videos_with_ranks_scores_and_titles(service: Service) -> None:
    response = service.get(f"{PATH}?limit=1")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == {
        "request_id": ANSWER_ID,
        "model_version": "1764295200",
        "rung": "fresh",
        "reason": "fewer videos meet the conditions",
        "arm": "",
        "items": [
            {"video_id": VIDEOS[0][0], "rank": 1, "score": 0.875, "title": "Slow River, Part 3"}
        ],
    }


def test_headers_have_the_version_the_stages_and_the_whole_time(service: Service) -> None:
    headers = service.get(PATH).headers
    assert headers["X-Model-Version"] == "1764295200"
    stages = "features;dur=1.50, model-server;dur=4.25, search;dur=0.75, total;dur="
    assert headers["Server-Timing"].startswith(stages)


def test_an_answer_without_a_model_has_none_for_its_version(start: Start) -> None:
    class Popular(FakeRecommender):
        def recommend(self, request: Request) -> Answer:
            return replace(super().recommend(request), model_version="", rung=Rung.POPULAR)

    response = start(Popular()).get(PATH)
    assert response.headers["X-Model-Version"] == "none"
    assert (response.json()["model_version"], response.json()["rung"]) == ("", "popular")


def test_conditions_reach_the_recommender(service: Service) -> None:
    service.get(
        f"/v1/users/{USER.upper()}/recommendations?limit=500&genre=drama&maker=松竹堂"
        "&price_max=9.5&released_since=2026-01-31&explain=1"
    )
    (asked,) = service.recommender.asked
    since = datetime(2026, 1, 31, tzinfo=UTC)
    assert (asked.user_id, asked.limit, asked.explain) == (USER, 500, True)
    assert asked.filters == Filters("drama", "松竹堂", 9.5, since)


def test_without_conditions_twenty_videos_are_asked_for(service: Service) -> None:
    service.get(PATH)
    (asked,) = service.recommender.asked
    assert (asked.limit, asked.filters, asked.exclude) == (20, Filters(), frozenset())


def test_a_moment_is_taken_with_its_zone(service: Service) -> None:
    service.get(PATH, params={"released_since": "2026-01-31T01:00:00+09:00"})
    (asked,) = service.recommender.asked
    assert asked.filters.released_since == datetime(2026, 1, 30, 16, tzinfo=UTC)


def test_explain_names_the_liked_video_and_is_off_by_itself(service: Service) -> None:
    plain, explained = (service.get(f"{PATH}?explain={on}").json()["items"] for on in (0, 1))
    assert {item["because"] for item in explained} == {"夜の物語 第8話"}
    assert not [item for item in plain if "because" in item]


def test_several_users_are_answered_in_their_order_and_the_next_page_excludes(
    service: Service,
) -> None:
    other = "00000000-0000-0000-0000-000000000007"
    seen = [VIDEOS[0][0], VIDEOS[1][0]]
    body = {"requests": [{"user_id": other}, {"user_id": USER, "limit": 2, "exclude": seen}]}
    response = service.post("/v1/recommendations", body)
    first, second = response.json()["answers"]
    assert [item["title"] for item in second["items"]] == ["The 12 Lanterns"]
    assert len(first["items"]) == 3
    assert [one.user_id for one in service.recommender.asked] == [other, USER]
    assert response.headers["X-Model-Version"] == "1764295200"
    assert "search;dur=0.75" in response.headers["Server-Timing"]


def test_similar_videos_leave_the_video_itself_out(service: Service) -> None:
    response = service.get(f"/v1/videos/{VIDEOS[0][0]}/similar?limit=1")
    assert [item["title"] for item in response.json()["items"]] == ["夜の物語 第8話"]


def test_an_unknown_video_is_a_404_that_does_not_repeat_the_recommender(service: Service) -> None:
    response = service.get(f"/v1/videos/{USER}/similar")
    assert response.status_code == 404
    assert response.json()["type"] == "urn:problem-type:two-tower:unknown-video"
    assert USER not in response.text


def test_users_with_many_decisions_and_what_one_likes(service: Service) -> None:
    assert service.get("/v1/users?limit=1").json() == {"users": [USER]}
    titles = ["夜の物語 第8話", "The 12 Lanterns"]
    assert service.get(f"/v1/users/{USER}/liked").json() == {"titles": titles}
    assert service.get(f"/v1/users/{VIDEOS[0][0]}/liked").json() == {"titles": []}


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=501", "limit=x", "offset=20", "genre=", "genre=%00", f"maker={'x' * 201}",
        "price_max=-1", "price_max=nan", "price_max=inf", "released_since=2026-01-31T00:00:00",
        "released_since=1700000000", "released_since=0001-01-01T00:00:00%2B23:59", "explain=2",
    ],
)  # fmt: skip
def test_what_lies_outside_the_bounds_is_refused(service: Service, query: str) -> None:
    response = service.get(f"{PATH}?{query}")
    assert response.status_code == 422
    assert not service.recommender.asked


@pytest.mark.parametrize(
    "body",
    [
        {"requests": []},
        {"requests": [{"user_id": USER}] * 257},
        {"requests": [{"user_id": USER, "limit": 500}] * 26},
        {"requests": [{"user_id": USER, "exclude": [USER] * 5001}]},
        {"requests": [{"user_id": USER, "exclude": ["x"]}]},
        {"requests": [{"user_id": USER, "offset": 20}]},
        {"requests": [{"user_id": USER, "genre": "\ud800"}]},
        {"requests": [{}]},
        [],
    ],
)
def test_a_batch_outside_the_bounds_is_refused(service: Service, body: object) -> None:
    assert service.post("/v1/recommendations", body).status_code == 422
    assert not service.recommender.asked


def test_the_largest_batches_are_answered(service: Service) -> None:
    users = {"requests": [{"user_id": USER, "limit": 50}] * 256}
    videos = {"requests": [{"user_id": USER, "exclude": [USER] * 5000}]}
    for body in (users, videos):
        assert service.post("/v1/recommendations", body).status_code == 200
