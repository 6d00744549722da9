"""The client against servers that answer, refuse, come late or talk nonsense."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from schema.errors import ModelServerError
from serving.model_client import ModelServerClient
from tests.serving.conftest import NAME, VERSION, Server

Answer = tuple[int, Any]


class Script:
    """A server that gives the answers of a list, the last one for ever, and keeps the requests."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.requests: list[tuple[str, Any]] = []
        self.url = ""

    def answer(self, path: str, body: Any) -> Answer:
        self.requests.append((path, body))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def script() -> Iterator[Script]:
    script = Script()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._reply(body)

        def do_GET(self) -> None:
            self._reply(None)

        def _reply(self, body: Any) -> None:
            status, answer = script.answer(self.path, body)
            text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            """Keep the tests' output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        script.url = f"http://127.0.0.1:{server.server_port}"
        yield script
        server.shutdown()
        thread.join()


@pytest.fixture
def client(script: Script) -> Iterator[ModelServerClient]:
    with ModelServerClient(script.url, "two tower", read_timeout_s=2) as client:
        yield client


def _status(state: str, code: str = "OK") -> dict[str, object]:
    line = {"version": "7", "state": state, "status": {"error_code": code, "error_message": ""}}
    return {"model_version_status": [line]}


@pytest.mark.serving
def test_embeddings_come_in_the_order_of_the_users(server: Server) -> None:
    """600 users are five requests; the first number is the letters of the id."""
    instances: list[dict[str, object]] = [{"user_id": "u" * i, "ids": ["x"]} for i in range(600)]
    with ModelServerClient(server.url, NAME) as client:
        vectors = client.embed_users(instances, VERSION)
    assert vectors.dtype == np.float32
    assert vectors.tolist() == [[float(i), 2.0] for i in range(600)]


@pytest.mark.serving
def test_versions_and_waiting(server: Server) -> None:
    with ModelServerClient(server.url, NAME) as client:
        client.wait_until_available(VERSION, timeout_s=5)
        assert client.versions() == {"7": "AVAILABLE"}


@pytest.mark.serving
def test_an_unknown_version_is_404_with_advice(server: Server) -> None:
    with (
        ModelServerClient(server.url, NAME) as client,
        pytest.raises(ModelServerError, match="versions/99:predict, got HTTP 404: this version"),
    ):
        client.embed_users([{"user_id": "a", "ids": []}], "99")


@pytest.mark.serving
def test_a_refusal_never_quotes_the_user(server: Server) -> None:
    with ModelServerClient(server.url, NAME) as client, pytest.raises(ModelServerError) as e:
        client.embed_users([{"user_id": "secret-person"}], VERSION)
    assert "HTTP 400" in str(e.value)
    chain = [e.value, e.value.__cause__, e.value.__context__]
    assert not any("secret-person" in str(link) for link in chain)


def test_chunks_of_128_go_to_the_pinned_version(client: ModelServerClient, script: Script) -> None:
    script.answers = [(200, {"predictions": [[1.0]] * n}) for n in (128, 128, 1)]
    vectors = client.embed_users([{"a": i} for i in range(257)], "3")
    assert vectors.shape == (257, 1)
    assert [path for path, _ in script.requests] == [
        "/v1/models/two%20tower/versions/3:predict"
    ] * 3
    assert [len(body["instances"]) for _, body in script.requests] == [128, 128, 1]
    assert script.requests[1][1]["instances"][0] == {"a": 128}


def test_nobody_needs_no_request(client: ModelServerClient, script: Script) -> None:
    assert client.embed_users([], "3").shape == (0, 0)
    assert script.requests == []


@pytest.mark.parametrize("status", [503, 504])
def test_a_busy_server_is_asked_again(
    client: ModelServerClient, script: Script, status: int
) -> None:
    script.answers = [(status, {}), (status, {}), (200, {"predictions": [[1.0, 2.0]]})]
    assert client.embed_users([{"a": 1}], "3").tolist() == [[1.0, 2.0]]


def test_a_server_that_stays_busy_is_an_error(client: ModelServerClient, script: Script) -> None:
    script.answers = [(503, {})]
    with pytest.raises(ModelServerError, match="got HTTP 503: the server is overloaded"):
        client.embed_users([{"a": 1}], "3")
    assert len(script.requests) == 3  # as set in conftest.py


@pytest.mark.parametrize("status", [302, 400, 404, 500])
def test_other_refusals_are_not_repeated(
    client: ModelServerClient, script: Script, status: int
) -> None:
    script.answers = [(status, {"error": "secret-person"})]
    with pytest.raises(ModelServerError, match=f"got HTTP {status}: ") as e:
        client.embed_users([{"a": 1}], "3")
    assert "secret-person" not in str(e.value)
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>",
        [],
        {},
        {"predictions": []},
        {"predictions": [1.0]},
        {"predictions": [[1.0], [2.0]]},
        {"predictions": [{"secret-person": [1.0]}]},
        {"predictions": [["secret-person"]]},
        b'{"predictions": [[NaN]]}',
        b'{"predictions": [[1e39]]}',
    ],
)
def test_a_reply_that_is_no_vector_is_an_error(
    client: ModelServerClient, script: Script, answer: object
) -> None:
    script.answers = [(200, answer)]
    with pytest.raises(ModelServerError, match="is this URL a TensorFlow Serving REST API") as e:
        client.embed_users([{"a": 1}], "3")
    assert "secret-person" not in str(e.value)


def test_chunks_of_different_width_are_an_error(client: ModelServerClient, script: Script) -> None:
    script.answers = [(200, {"predictions": [[1.0]] * 128}), (200, {"predictions": [[1.0, 2.0]]})]
    with pytest.raises(ModelServerError, match="vectors of one length"):
        client.embed_users([{"a": i} for i in range(129)], "3")


def test_a_number_that_json_lacks_is_not_sent(client: ModelServerClient, script: Script) -> None:
    with pytest.raises(ModelServerError, match="impute"):
        client.embed_users([{"a": float("nan")}], "3")
    assert script.requests == []


@pytest.mark.parametrize(
    "ask",
    [
        lambda c: c.versions(),
        lambda c: c.embed_users([{"a": 1}], "3"),
        lambda c: c.wait_until_available("3", timeout_s=0.1),
    ],
)
def test_an_absent_server_is_an_error(
    ask: Callable[[ModelServerClient], object], script: Script
) -> None:
    port_nobody_has = script.url.rsplit(":", 1)[0] + ":1"
    with ModelServerClient(port_nobody_has, "m") as client, pytest.raises(ModelServerError):
        ask(client)


def test_versions_lists_states(client: ModelServerClient, script: Script) -> None:
    script.answers = [(200, _status("END", "NOT_FOUND"))]
    assert client.versions() == {"7": "END"}
    assert script.requests == [("/v1/models/two%20tower", None)]


def test_waiting_ends_when_the_version_is_there(client: ModelServerClient, script: Script) -> None:
    script.answers = [(404, {}), (503, {}), (200, _status("LOADING")), (200, _status("AVAILABLE"))]
    client.wait_until_available("7", timeout_s=10)
    assert len(script.requests) == 4


def test_waiting_ends_at_once_when_loading_failed(
    client: ModelServerClient, script: Script
) -> None:
    script.answers = [(200, _status("END", "NOT_FOUND"))]
    with pytest.raises(ModelServerError, match="got END with NOT_FOUND"):
        client.wait_until_available("7", timeout_s=60)
    assert len(script.requests) == 1


def test_waiting_has_an_end(client: ModelServerClient, script: Script) -> None:
    script.answers = [(200, _status("AVAILABLE"))]
    with pytest.raises(ModelServerError, match=r"within 0\.1 s, got no such version"):
        client.wait_until_available("8", timeout_s=0.1)


def test_the_client_needs_no_tensorflow() -> None:
    code = "import sys, serving.model_client; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
