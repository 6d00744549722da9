"""Versions over HTTP: which can be asked, and one of them asked by its number."""

from __future__ import annotations

import pytest

from tests.serving.api.conftest import Service
from tests.serving.api.fake import USER, VIDEOS

PATH = f"/v1/users/{USER}/recommendations"
STANDBY = "1764208800"


def test_versions_are_listed_with_their_state_and_since_when(service: Service) -> None:
    """A version that never went live: since it was staged."""
    assert service.get("/v1/versions").json() == {
        "versions": [
            {"version": "1764298800", "state": "checked", "since": "2025-11-28T03:00:00Z",
             "videos": 1682},
            {"version": "1764295200", "state": "live", "since": "2025-11-28T02:30:00Z",
             "videos": 1682},
            {"version": "1764208800", "state": "standby", "since": "2025-11-27T02:30:00Z",
             "videos": 1682},
        ]
    }  # fmt: skip


def test_a_named_version_answers_one_user_and_several(service: Service) -> None:
    body = {"requests": [{"user_id": USER, "version": STANDBY}, {"user_id": USER}]}
    several = service.post("/v1/recommendations", body)
    named, plain = several.json()["answers"]
    alone = service.get(f"{PATH}?version={STANDBY}")
    assert named == alone.json()
    assert (named["model_version"], plain["model_version"]) == (STANDBY, "1764295200")
    assert named["items"][0]["title"] == VIDEOS[2][1]
    assert alone.headers["X-Model-Version"] == STANDBY
    assert several.headers["X-Model-Version"] == f"{STANDBY}, 1764295200"


def test_an_unknown_version_is_a_422_that_lists_the_known_ones(service: Service) -> None:
    body = {"requests": [{"user_id": USER}, {"user_id": USER, "version": "7"}]}
    for response in (service.get(f"{PATH}?version=7"), service.post("/v1/recommendations", body)):
        assert response.status_code == 422
        assert response.json()["type"] == "urn:problem-type:two-tower:unknown-version"
        assert response.json()["detail"] == (
            "expected a version among 1764298800, 1764295200, 1764208800, got another:"
            " /v1/versions lists them"
        )


@pytest.mark.parametrize("version", ["", "x", "1;", "-1", "1e3", "\u0661", "1" * 20])
def test_a_version_is_a_number(service: Service, version: str) -> None:
    response = service.get(PATH, params={"version": version})
    assert response.status_code == 422
    assert response.json()["type"] == "urn:problem-type:two-tower:invalid-request"
    assert not service.recommender.asked
