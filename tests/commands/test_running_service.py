"""`make recommend` asks a running service, and no other server at its port."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import UUID

import pytest
from rich.console import Console

from commands.output import answer_data
from commands.running_service import ask_service, service_data, show_service_answer
from serving.recommender.recommend import DirectAnswer, RecommendedVideo

USER = str(UUID(int=5))
ANSWER = (
    b'{"rung": "fresh", "model_version": "7", "reason": "because", "items":'
    b' [{"video_id": "v", "title": "\xe5\xa4\x9c", "score": 0.5, "liked": null}]}'
)


class Replies(BaseHTTPRequestHandler):
    """Gives the server's `body`, and keeps the path."""

    def do_GET(self) -> None:
        self.server.asked = self.path  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.body)  # type: ignore[attr-defined]

    def log_message(self, *_: object) -> None:
        """Write nothing."""


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), Replies) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def _root(server: HTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_port}"


def test_its_answer_is_printed_with_the_way_and_the_reason(
    server: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.body = ANSWER  # type: ignore[attr-defined]
    answer = ask_service(_root(server) + "/", USER, 10)
    assert server.asked == f"/v1/users/{USER}/recommendations?limit=10"  # type: ignore[attr-defined]
    assert answer is not None
    show_service_answer(answer, Console())
    printed = capsys.readouterr().out
    assert "fresh 7" in printed
    assert "夜" in printed
    assert "0.500" in printed
    assert "because" in printed


def test_its_answer_as_data_has_the_keys_of_one_without_a_service(server: HTTPServer) -> None:
    server.body = ANSWER  # type: ignore[attr-defined]
    answer = ask_service(_root(server), USER, 10)
    assert answer is not None
    assert service_data(answer) == {
        "by": "service", "rung": "fresh", "model_version": "7", "reason": "because",
        "items": [{"video_id": "v", "title": "夜", "score": 0.5}],
    }  # fmt: skip
    own = answer_data(DirectAnswer("two_tower", "7", [RecommendedVideo("v", "夜", 0.5)]))
    assert own == {
        "by": "model server", "rung": "two_tower", "model_version": "7", "reason": "",
        "items": [{"video_id": "v", "title": "夜", "score": 0.5}],
    }  # fmt: skip


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}"])
def test_another_server_is_no_service(server: HTTPServer, body: bytes) -> None:
    server.body = body  # type: ignore[attr-defined]
    assert ask_service(_root(server), USER, 10) is None


def test_without_a_server_there_is_no_answer() -> None:
    assert ask_service("http://127.0.0.1:9", USER, 10) is None
