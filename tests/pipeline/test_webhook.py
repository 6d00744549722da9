"""The end of a run as a message: sent once, in Slack's form, without a secret."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from pipeline.webhook import reporting
from schema.errors import DataError, NotBlessedError


class _Hook(BaseHTTPRequestHandler):
    got: list[Any]
    status: int

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.headers["Content-Type"], json.loads(body)))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def listening() -> Iterator[tuple[type[_Hook], str]]:
    """What takes messages, and its address."""
    handler = type("Hook", (_Hook,), {"got": [], "status": 200})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield handler, f"http://127.0.0.1:{server.server_port}/secret-path"
        server.shutdown()


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Hook]]:
    with listening() as (handler, url):
        monkeypatch.setenv("WEBHOOK_URL", url)
        yield handler


def test_news_are_sent_as_slack_wants_them(hook: type[_Hook]) -> None:
    with reporting() as news:
        news.append("version 7 is live")
    assert hook.got == [("application/json", {"text": "version 7 is live"})]


def test_a_run_that_changed_nothing_sends_nothing(hook: type[_Hook]) -> None:
    with reporting():
        pass
    assert hook.got == []


@pytest.mark.parametrize(
    ("error", "begin"),
    [
        (NotBlessedError("a model", "none", "look"), "two-tower run refused: expected a model"),
        (DataError("rows", "none", "look"), "two-tower run failed: expected rows, got none: look"),
        (RuntimeError("a\nstack"), "two-tower run failed: expected the run"),
    ],
)
def test_an_error_is_sent_in_one_line_and_raised(
    hook: type[_Hook], error: Exception, begin: str
) -> None:
    with pytest.raises(type(error)), reporting():
        raise error
    ((_, message),) = hook.got
    assert message["text"].startswith(begin)
    assert "\n" not in message["text"]


def test_a_run_that_is_ended_says_so(hook: type[_Hook]) -> None:
    with pytest.raises(SystemExit), reporting():
        raise SystemExit("error: ended by SIGTERM")
    assert hook.got[0][1] == {"text": "two-tower run failed: error: ended by SIGTERM"}


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/secret-path", "no-url/secret-path", ""])
def test_a_message_that_cannot_be_sent_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    monkeypatch.setenv("WEBHOOK_URL", url)
    with reporting() as news:
        news.append("version 7 is live")
    said = "".join(capsys.readouterr())
    assert ("no message was sent" in said) == bool(url)
    assert "secret-path" not in said


def test_a_refused_message_is_said(hook: type[_Hook], capsys: pytest.CaptureFixture[str]) -> None:
    hook.status = 404
    with reporting() as news:
        news.append("version 7 is live")
    assert "HTTP 404" in capsys.readouterr().err
