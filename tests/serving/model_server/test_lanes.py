"""Whatever is asked of the server, its status comes; what it has unloaded is gone."""

from __future__ import annotations

import gzip
import shutil
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
import requests

from serving.model_server.lanes import BODY_BYTES_MAX
from tests.serving.conftest import NAME, Server, embedded, save_model, wait_for

pytestmark = pytest.mark.serving

HUGE = 2**40
"""Steps of the signature `slow` that nobody waits for."""


@pytest.fixture(scope="module")
def alone(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose requests end after 4 s."""
    port_file = tmp_path_factory.mktemp("alone") / "port"
    with embedded(base, port_file, "--timeout-s", "4") as server:
        yield server


def test_the_status_comes_while_every_thread_is_at_work(alone: Server) -> None:
    """More slow requests than threads: none has an answer when the status has come."""
    body = {"signature_name": "slow", "instances": [HUGE]}
    with ThreadPoolExecutor(20) as pool:
        slow = [pool.submit(alone.predict, body) for _ in range(20)]
        for _ in range(20):
            assert requests.get(alone.model, timeout=2).json()["model_version_status"]
        assert not any(answer.done() for answer in slow)
        assert {answer.result().status_code for answer in slow} == {504}


def test_a_thousand_idle_connections_shut_nobody_out(alone: Server) -> None:
    port = int(alone.url.rpartition(":")[2])
    with ExitStack() as stack:
        for _ in range(1100):
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
        assert requests.get(alone.model, timeout=2).ok
        assert alone.predict({"signature_name": "half_plus_two", "instances": [2.0]}).ok


def test_a_long_body_is_refused_without_being_read(alone: Server) -> None:
    port = int(alone.url.rpartition(":")[2])
    lines = [f"POST /v1/models/{NAME}:predict HTTP/1.1", f"Content-Length: {100 * 2**20}", "", ""]
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall("\r\n".join(lines).encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_body_that_swells_beyond_it_counts_as_empty(alone: Server) -> None:
    """As in TensorFlow Serving, whose bound is 100 MB."""
    reply = requests.post(
        alone.model + ":predict", data=gzip.compress(b" " * (BODY_BYTES_MAX + 1)),
        headers={"Content-Encoding": "gzip"}, timeout=5,
    )  # fmt: skip
    assert (reply.status_code, reply.json()["error"]) == (
        400, "JSON Parse error: The document is empty",
    )  # fmt: skip


def test_memory_stays_the_same_from_the_third_to_the_twentieth_release(tmp_path: Path) -> None:
    """A large graph and 30 MB of weights each, two of them kept."""
    made, base = tmp_path / "made", tmp_path / "base"
    save_model(made, ballast_mb=30, ops=600)
    base.mkdir()
    with embedded(base, tmp_path / "port", "--poll-s", "0.1") as server:
        process, after = psutil.Process(server.process.pid), {}
        for version in range(1, 21):
            shutil.copytree(made, base / f".{version}")
            (base / f".{version}").rename(base / str(version))
            wait_for(lambda v=version: _state(server, v) == "AVAILABLE")
            wait_for(lambda v=version: v < 3 or _state(server, v - 2) == "END")
            body = {"signature_name": "half_plus_two", "instances": [2.0]}
            assert server.predict(body, f"/versions/{version}:predict").ok
            after[version] = process.memory_info().rss
    assert after[20] == pytest.approx(after[3], rel=0.05)


def _state(server: Server, version: int) -> str:
    reply = requests.get(f"{server.model}/versions/{version}", timeout=10).json()
    return str(reply.get("model_version_status", [{"state": ""}])[0]["state"])
