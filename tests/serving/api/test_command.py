"""`python -m serving.api`: settings out of the environment, one line, an orderly end."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
from pydantic import ValidationError

from schema.errors import SetupError
from serving.api.server import http_server, listening
from serving.api.settings import Settings, database_url, from_environment
from serving.recommender.ladder import UnknownUsers
from tests.serving.api.fake import FakeRecommender

ROOT = Path(__file__).parents[3]
URL = "postgresql://app:secret@db.example/videos"
HASH = "ab" * 32


def _start(*arguments: str, **variables: str) -> subprocess.Popen[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("API_", "DATABASE_URL"))}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.serving.api.serve_fake", *arguments],
        cwd=ROOT, env={**kept, **variables}, text=True, stdout=-1, stderr=-1,
    )  # fmt: skip


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_it_prints_its_address_serves_and_ends_in_order(sent: signal.Signals) -> None:
    process = _start("--port", "0", DATABASE_URL=URL, API_DEADLINE_MS="150")
    assert process.stdout
    line = process.stdout.readline()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\n", line)
    assert requests.get(f"{line.strip()}healthz", timeout=20).status_code == 200
    process.send_signal(sent)
    out, said = process.communicate(timeout=20)
    assert process.returncode == 0
    assert not out
    assert f"opened with 150 {len(URL)}" in said
    assert "closed: True" in said
    assert "Traceback" not in said


def test_a_taken_port_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        out, said = _start("--port", port, DATABASE_URL=URL).communicate(timeout=60)
    assert not out
    assert said == (
        f"expected to listen on 127.0.0.1:{port}, got address already in use: "
        "stop what listens there or choose another --port (0 takes any free one)\n"
    )


def test_without_a_database_it_does_not_start() -> None:
    process = _start("--port", "0")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said == "expected DATABASE_URL with the address of the database, got none: set it\n"


def test_a_new_key_is_printed_with_its_hash() -> None:
    out, _ = _start("--new-key").communicate(timeout=60)
    found = re.fullmatch(r"key: (tt_[\w-]{43})\nAPI_KEY_HASHES=([0-9a-f]{64})\n", out)
    assert found
    assert hashlib.sha256(found[1].encode()).hexdigest() == found[2]


def test_beyond_loopback_without_keys_there_is_a_warning() -> None:
    process = _start("--port", "0", "--host", "0.0.0.0", DATABASE_URL=URL)  # noqa: S104
    assert process.stdout
    process.stdout.readline()
    process.terminate()
    _, said = process.communicate(timeout=20)
    assert "no API key is asked for on 0.0.0.0: set API_KEY_HASHES" in said


def test_a_connection_sends_its_answer_at_once() -> None:
    with listening(Settings(port=0)) as listener, socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_no_websocket_is_opened_whatever_is_installed() -> None:
    assert http_server(FakeRecommender(), Settings()).config.ws == "none"


def test_the_defaults_are_loopback_and_200_ms() -> None:
    found = from_environment({})
    assert (found.host, found.deadline_ms, found.key_hashes) == ("127.0.0.1", 200, ())


def test_variables_and_then_arguments_set_the_fields() -> None:
    given = {
        "API_PORT": "1", "API_KEY_HASHES": f"{HASH}, {'0' * 64}", "API_HOSTS": "a.example",
        "MODEL_SERVER_URL": "http://127.0.0.1:8501", "API_RATE": "9/second", "API_WORKERS": "3",
        "API_UNKNOWN_USERS": "popular",
        "API_DATABASE_URL_NAME": "OTHER_URL", "API_QUEUE": "", "PORT": "5",
    }  # fmt: skip
    found = from_environment(given, port=2)
    assert found.port == 2
    assert found.key_hashes == (HASH, "0" * 64)
    assert (found.hosts, found.rate, found.workers, found.queue) == (
        ("a.example",),
        "9/second",
        3,
        64,
    )
    assert found.unknown_users is UnknownUsers.POPULAR
    assert found.model_server_url == "http://127.0.0.1:8501"
    assert database_url(found, {"OTHER_URL": f" {URL} "}) == URL


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("API_PORT", "x"), ("API_PORT", "65536"), ("API_KEY_HASHES", "tt_plain-secret"),
        ("API_RATE", "secret"), ("API_WORKERS", "0"), ("API_QUEUE", "-1"),
        ("API_UNKNOWN_USERS", "secret"), ("API_DEADLINE_MS", "0"),
        ("API_DATABASE_URL_NAME", URL),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_used_is_one_line_without_the_value(name: str, value: str) -> None:
    with pytest.raises(SetupError) as caught:
        from_environment({name: value})
    line = str(caught.value)
    assert line.startswith(f"expected {name} ")
    assert "secret" not in line
    assert "\n" not in line
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("changes", [{"unknown": 1}, {"port": "secret"}, {"workers": 65}])
def test_the_constructor_refuses_the_same(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(**changes)
    assert "secret" not in str(caught.value)


def test_settings_are_frozen_and_read_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "1")
    monkeypatch.setenv("HOST", "0.0.0.0")  # noqa: S104
    settings = Settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    with pytest.raises(ValidationError):
        settings.port = 2
