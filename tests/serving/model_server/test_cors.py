"""Replies that a browser hands to pages of other origins, where the switch is on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.serving.conftest import Server, embedded

pytestmark = pytest.mark.serving

HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, GET",
    "Access-Control-Allow-Headers": "Content-Type",
}
CASES = [
    ("GET", "/v1/models/tiny", 200),
    ("GET", "/v1/models/tiny/versions/9", 404),
    ("POST", "/v1/models/tiny:predict", 400),
    ("PUT", "/v1/anything", 400),
    ("OPTIONS", "/V1/models/tiny:predict", 200),
]


def _headers(server: Server, method: str, path: str, status: int) -> dict[str, str]:
    reply = requests.request(
        method, server.url + path, timeout=30, headers={"Origin": "https://example.org"}
    )
    assert reply.status_code == status
    return {key: value for key, value in reply.headers.items() if key.startswith("Access-Control")}


@pytest.fixture(scope="module", params=["", "=true"])
def open_to_all(
    request: pytest.FixtureRequest, base: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server with the switch on, in both ways to write it."""
    port_file = tmp_path_factory.mktemp("cors") / "port"
    with embedded(base, port_file, f"--rest_api_enable_cors_support{request.param}") as server:
        yield server


@pytest.mark.parametrize(("method", "path", "status"), CASES)
def test_every_reply_below_v1_has_the_headers(
    open_to_all: Server, method: str, path: str, status: int
) -> None:
    assert _headers(open_to_all, method, path, status) == HEADERS


def test_the_page_outside_of_v1_has_none(open_to_all: Server) -> None:
    assert _headers(open_to_all, "GET", "/", 404) == {}


@pytest.mark.parametrize(("method", "path", "status"), CASES)
def test_without_the_switch_there_are_none(
    server: Server, method: str, path: str, status: int
) -> None:
    assert _headers(server, method, path, status) == {}
