"""The committed document is the service's own, and the service keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from serving.api.app import create_app
from serving.api.openapi import text
from serving.api.settings import Settings
from tests.serving.api.conftest import running
from tests.serving.api.fake import FakeRecommender

COMMITTED = Path(__file__).parents[3] / "docs" / "openapi.json"
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]


def _app_text() -> str:
    return text(create_app(FakeRecommender(), Settings()))


def test_the_committed_document_is_that_of_the_service() -> None:
    """`python -m tests.serving.api.test_openapi` writes it."""
    assert COMMITTED.read_text(encoding="utf-8") == _app_text()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running(FakeRecommender(), Settings(rate="100000/second")) as service:
        yield service.url


def _operations() -> list[Any]:
    document = create_app(FakeRecommender(), Settings()).openapi()
    found: Any = schemathesis.openapi.from_dict(document).get_all_operations()
    return [one.ok() for one in found]


def _pairs() -> list[Any]:
    """Operations with valid requests and, where they have parameters, with invalid ones."""
    return [
        pytest.param(operation, mode, id=f"{mode.value} {operation.label}")
        for operation in _operations()
        for mode in schemathesis.GenerationMode
        if _takes_values(operation) or mode is schemathesis.GenerationMode.POSITIVE
    ]


def _takes_values(operation: Any) -> bool:
    return bool(list(operation.iter_parameters()) or list(operation.body))


@pytest.mark.parametrize(("operation", "mode"), _pairs())
def test_whatever_is_sent_the_answer_is_one_of_the_document(
    address: str, operation: Any, mode: schemathesis.GenerationMode
) -> None:
    statuses = set()

    @given(operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=40, deadline=None, derandomize=True, database=None,
        phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def answered(case: Any) -> None:
        response = case.call_and_validate(base_url=address, checks=CHECKS)
        statuses.add(response.status_code)

    answered()
    if mode is schemathesis.GenerationMode.POSITIVE:
        assert statuses & {200, 202, 404}
    else:
        assert 422 in statuses


def test_every_path_of_the_service_is_in_the_document() -> None:
    assert [one.label for one in _operations()] == [
        "GET /healthz",
        "GET /readyz",
        "GET /metrics",
        "GET /v1/users/{user_id}/recommendations",
        "POST /v1/recommendations",
        "GET /v1/videos/{video_id}/similar",
        "GET /v1/versions",
        "POST /v1/events",
        "GET /v1/users",
        "GET /v1/users/{user_id}/liked",
    ]


if __name__ == "__main__":
    COMMITTED.write_text(_app_text(), encoding="utf-8")
