"""Trace, headers, counts and health."""

from __future__ import annotations

import re
import threading
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from serving.recommender.health import Health
from tests.serving.api.conftest import Service, Start
from tests.serving.api.fake import HEALTHY, USER, FakeRecommender

PATH = f"/v1/users/{USER}/recommendations"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


def test_a_trace_is_passed_on_with_a_new_parent(service: Service) -> None:
    response = service.get(PATH, headers={"traceparent": f"00-{TRACE}-{PARENT}-00"})
    (passed,) = service.recommender.traces
    assert re.fullmatch(f"00-{TRACE}-[0-9a-f]{{16}}-00", passed)
    assert PARENT not in passed
    assert response.headers["traceparent"] == passed


@pytest.mark.parametrize(
    "received",
    [
        "", "x", f"ff-{TRACE}-{PARENT}-01", f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01", f"00-{TRACE}-{PARENT}-01-more", f"00-{TRACE}-{PARENT}",
    ],
)  # fmt: skip
def test_an_invalid_trace_is_replaced(service: Service, received: str) -> None:
    response = service.get("/v1/users/1/liked", headers={"traceparent": received})
    trace = response.json()["trace_id"]
    assert re.fullmatch("[0-9a-f]{32}", trace)
    assert trace not in {TRACE, "0" * 32}
    assert response.headers["traceparent"][3:35] == trace


def test_a_later_version_of_the_trace_header_is_read(service: Service) -> None:
    response = service.get("/healthz", headers={"traceparent": f"01-{TRACE}-{PARENT}-01-more"})
    assert response.headers["traceparent"][3:35] == TRACE


@pytest.mark.parametrize("path", ["/", "/healthz", PATH, "/nothing", "/v1/users/1/liked"])
def test_no_answer_is_kept_guessed_or_framed(service: Service, path: str) -> None:
    headers = service.get(path).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Server" not in headers
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "total;dur=" in headers["Server-Timing"]


def _samples(service: Service) -> dict[tuple[str, ...], float]:
    page = service.get("/metrics").text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def test_metrics_count_requests_answers_and_stages(service: Service) -> None:
    other = "00000000-0000-0000-0000-000000000007"
    for user in (USER, other, "1"):
        service.get(f"/v1/users/{user}/recommendations")
    service.get("/nothing")
    found = _samples(service)
    route = "/v1/users/{user_id}/recommendations"
    assert found["two_tower_requests_total", route, "200"] == 2
    assert found["two_tower_requests_total", route, "422"] == 1
    assert found["two_tower_requests_total", "none", "404"] == 1
    assert found["two_tower_request_seconds_count", route] == 3
    assert found["two_tower_answers_total", "fresh"] == 2
    assert found["two_tower_stage_seconds_sum", "model server"] == pytest.approx(0.0085)
    assert found["two_tower_queue", "working"] == found["two_tower_queue", "waiting"] == 0
    assert found["two_tower_live_age_seconds",] == 5400
    assert found["two_tower_index_videos",] == 1682


def test_metrics_say_which_dependency_is_down(start: Start) -> None:
    state = replace(HEALTHY, dependencies={"database": "away", "index": ""})
    found = _samples(start(FakeRecommender(state=state)))
    assert found["two_tower_dependency_up", "database"] == 0
    assert found["two_tower_dependency_up", "index"] == 1


def test_readiness_has_each_dependency_and_the_live_version_with_its_age(service: Service) -> None:
    response = service.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ready",
        "dependencies": {"database": "ok", "model server": "ok", "index": "ok"},
        "live_version": "1764295200",
        "live_age_s": 5400.0,
        "index_videos": 1682,
    }


def test_what_does_not_work_is_named_without_addresses_paths_and_ids(start: Start) -> None:
    wrong = (
        f"expected a running server at postgresql://app@db.example:5432/videos, got /tmp/.s.PGSQL\n"
        f'"{USER}": start it'
    )
    state = Health({"database": wrong, "index": ""}, "", 0.0, 0)
    response = start(FakeRecommender(state=state)).get("/readyz")
    assert response.status_code == 503
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["dependencies"] == {
        "database": 'expected a running server at … got … "…": start it',
        "index": "ok",
    }


def test_a_long_line_about_a_dependency_is_cut(start: Start) -> None:
    state = Health({"database": "x" * 500}, "", 0.0, 0)
    response = start(FakeRecommender(state=state)).get("/readyz")
    assert response.json()["dependencies"] == {"database": "x" * 200}


def test_readiness_does_not_wait_for_a_recommender_that_hangs(start: Start) -> None:
    gate = threading.Event()

    class Hanging(FakeRecommender):
        def health(self) -> Health:
            gate.wait(20)
            return HEALTHY

    service = start(Hanging())
    response = service.get("/readyz")
    gate.set()
    assert response.status_code == 503
    assert response.json()["dependencies"] == {"recommender": "no answer within 2 s"}


def test_those_who_ask_within_a_second_share_one_look(start: Start) -> None:
    looks = []

    class Counting(FakeRecommender):
        def health(self) -> Health:
            looks.append(1)
            return HEALTHY

    service = start(Counting())
    for path in ("/readyz", "/readyz", "/metrics"):
        service.get(path)
    assert len(looks) == 1
