"""Every error is a problem document, and none says more than it should."""

from __future__ import annotations

import logging
import re
import time

import pytest

from schema.errors import (
    DatabaseError,
    DataError,
    LostConnectionError,
    ModelServerError,
    ReleaseError,
)
from tests.serving.api.conftest import Service, Start
from tests.serving.api.fake import USER, FakeRecommender

PATH = f"/v1/users/{USER}/recommendations"
SECRET = ("SELECT secret FROM users", "/srv/app/secret.py", USER)


def test_a_bad_uuid_has_a_clear_body(service: Service) -> None:
    response = service.get("/v1/users/42/recommendations")
    assert response.status_code == 422
    assert response.headers["Content-Type"] == "application/problem+json"
    detail = (
        "expected a UUID (8-4-4-4-12 hexadecimal digits) at path.user_id, got text of length 2: "
        "correct it"
    )
    document = response.json()
    assert re.fullmatch("[0-9a-f]{32}", document.pop("trace_id"))
    assert document == {
        "type": "urn:problem-type:two-tower:invalid-request",
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": detail,
        "errors": [{"at": "path.user_id", "detail": detail}],
    }


def test_what_was_sent_is_not_repeated(service: Service) -> None:
    mistyped = f"{USER}x"
    body = {"requests": [{"user_id": mistyped, mistyped: 1}]}
    answers = (
        service.get(f"/v1/users/{mistyped}/recommendations?{mistyped}=1&limit={mistyped}"),
        service.post("/v1/recommendations", body),
        service.get(f"/{mistyped}"),
    )
    assert [one.status_code for one in answers] == [422, 422, 404]
    assert not [one.text for one in answers if USER in one.text]


@pytest.mark.parametrize(
    ("kind", "status", "name"),
    [
        (DatabaseError, 503, "database-unavailable"),
        (LostConnectionError, 503, "database-unavailable"),
        (ModelServerError, 503, "model-unavailable"),
        (ReleaseError, 503, "no-release"),
        (DataError, 500, "internal"),
    ],
)
def test_our_errors_have_their_problem(
    start: Start, kind: type[DatabaseError], status: int, name: str
) -> None:
    service = start(FakeRecommender(error=kind(*SECRET)))
    response = service.get(PATH)
    assert (response.status_code, response.json()["type"].split(":")[-1]) == (status, name)
    assert response.headers.get("Retry-After") == ("1" if status == 503 else None)
    assert not [word for word in SECRET if word in response.text]


def test_any_other_error_is_a_500_without_its_text(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    service = start(FakeRecommender(error=ValueError(*SECRET)))
    with caplog.at_level(logging.INFO):
        response = service.get(PATH)
    assert response.status_code == 500
    assert response.headers["Content-Type"] == "application/problem+json"
    assert not [word for word in (*SECRET, "Traceback", ".py") if word in response.text]
    assert "ValueError at " in caplog.text
    assert not [word for word in SECRET if word in caplog.text]


@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 422), (b"[" * 100_000, 400), (b"\xff", 400), (b"", 422)]
)
def test_what_is_no_json_has_a_problem(service: Service, body: bytes, status: int) -> None:
    response = service.post(
        "/v1/recommendations", body, headers={"Content-Type": "application/json"}
    )
    assert (response.status_code, response.json()["status"]) == (status, status)


def test_a_method_and_a_path_that_are_not_there(service: Service) -> None:
    answers = service.post("/healthz", {}), service.get("/v1/nothing"), service.get("/docs")
    assert [one.status_code for one in answers] == [405, 404, 404]
    assert {one.headers["Content-Type"] for one in answers} == {"application/problem+json"}
    assert answers[0].headers["Allow"] == "GET"


def _lines(caplog: pytest.LogCaptureFixture, number: int) -> list[str]:
    """Lines about requests; a line is written once its response has been sent."""
    until = time.monotonic() + 10
    while True:
        records = [one for one in caplog.records if one.name == "serving.api"]
        if len(records) >= number or time.monotonic() > until:
            return [one.getMessage() for one in records]
        time.sleep(0.01)


def test_no_line_of_the_log_has_a_user_s_id(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for path in (PATH, PATH.replace("5a1c", "5A1C"), f"/v1/users/{USER}/liked", f"/{USER}"):
            service.get(path)
        service.post("/v1/recommendations", {"requests": [{"user_id": USER}]})
        lines = _lines(caplog, 5)
    ours = [one.getMessage() for one in caplog.records if not one.name.startswith("urllib3")]
    assert USER not in "".join(ours).lower()
    hashes = [line.partition("user=")[2] for line in lines]
    assert re.fullmatch("[0-9a-f]{12}", hashes[0])
    assert hashes == [hashes[0], hashes[0], hashes[0], "-", "-"]


def test_the_hash_of_a_user_is_another_in_each_process(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "serving.api"):
        start().get(PATH)
        start().get(PATH)
        lines = _lines(caplog, 2)
    assert len({line.partition("user=")[2] for line in lines}) == 2


def test_a_refusal_is_one_line_and_no_error_of_the_service(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "serving.api"):
        service.get(PATH, headers={"Host": "evil.example"})
        service.get(f"/v1/videos/{USER}/similar")
        _lines(caplog, 2)
    assert [record.levelname for record in caplog.records] == ["INFO", "INFO"]


def test_the_first_ten_faults_are_listed(service: Service) -> None:
    response = service.post("/v1/recommendations", {"requests": [{"user_id": "1"}] * 11})
    assert len(response.json()["errors"]) == 10
