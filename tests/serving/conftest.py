"""A SavedModel with one signature for each rule of the contract, and servers that serve it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import stamina

NAME = "tiny"
VERSION = "7"
REAL = "tensorflow_model_server"


@dataclass(frozen=True)
class Server:
    """A running model server."""

    url: str
    process: subprocess.Popen[str]

    @property
    def model(self) -> str:
        """The URL of the model."""
        return f"{self.url}/v1/models/{NAME}"

    def predict(self, body: object, suffix: str = ":predict") -> requests.Response:
        """POST `body`: bytes as they are, anything else as JSON."""
        as_json: dict[str, Any] = {"data": body} if isinstance(body, bytes) else {"json": body}
        return requests.post(self.model + suffix, timeout=30, **as_json)


@pytest.fixture(scope="session", autouse=True)
def _stamina_testing() -> Iterator[None]:
    """Retries do not wait in tests."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`<base>/7` holds the model, beside names that are no versions."""
    base = tmp_path_factory.mktemp("models")
    save_model(base / VERSION)
    (base / ".staging-8").mkdir()
    (base / "9.tmp").mkdir()
    return base


@pytest.fixture(scope="session", params=["embedded", REAL])
def server(
    request: pytest.FixtureRequest, base: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Each server that keeps the contract; the real one where it is on PATH."""
    if request.param == "embedded":
        with embedded(base, tmp_path_factory.mktemp("run") / "port") as server:
            yield server
        return
    if not shutil.which(REAL):
        pytest.skip(f"{REAL} is not on PATH")
    with real(base) as server:
        yield server


@contextmanager
def embedded(base: Path, port_file: Path, *more: str) -> Iterator[Server]:
    """Our server in a process of its own."""
    with embedded_by(port_file, "--base", str(base), "--name", NAME, *more) as server:
        yield server


@contextmanager
def embedded_by(port_file: Path, *words: str) -> Iterator[Server]:
    """The same, with all `words` but the port's."""
    command = [sys.executable, "-m", "serving.model_server", "--port", "0"]
    with _running([*command, "--port-file", str(port_file), *words]) as process:
        wait_for(lambda: port_file.exists() or process.poll() is not None)
        yield Server(f"http://127.0.0.1:{int(port_file.read_text())}", process)


@contextmanager
def real(base: Path) -> Iterator[Server]:
    """TensorFlow's own server."""
    grpc, rest = _free_port(), _free_port()
    command = [REAL, f"--port={grpc}", f"--rest_api_port={rest}"]
    command += [f"--model_name={NAME}", f"--model_base_path={base}"]
    with _running(command) as process:
        server = Server(f"http://127.0.0.1:{rest}", process)
        wait_for(lambda: _answers(server.model))
        yield server


@contextmanager
def _running(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=30)
            process.kill()  # nothing happens if it has ended


def wait_for(condition: Any, timeout_s: float = 60) -> None:
    """Return as soon as `condition()` holds; fail the test if it never does."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=1).ok
    except requests.ConnectionError:
        return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def save_model(directory: Path, weight: float = 2.0, ballast_mb: int = 0, ops: int = 0) -> None:
    """Write a SavedModel; in the default signature each id in the list weighs `weight`."""
    import tensorflow as tf

    class Tiny(tf.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.weight = tf.Variable(weight)
            self.ballast = tf.Variable(tf.ones([ballast_mb * 2**18]))

    module = Tiny()

    def towers(user_id: Any, ids: Any) -> dict[str, Any]:
        """[letters of the user id, weight x non-empty ids]."""
        filled = tf.reduce_sum(tf.cast(tf.not_equal(ids, ""), tf.float32), axis=1)
        letters = tf.cast(tf.strings.length(user_id), tf.float32)
        return {"embedding": tf.stack([letters, module.weight * filled], axis=1)}

    def half_plus_two(x: Any) -> dict[str, Any]:
        ballast = tf.reduce_sum(module.ballast) * 0.0
        for _ in range(ops):
            ballast += 0.0
        return {"y": x * 0.5 + module.weight + ballast}

    def slow(x: Any) -> dict[str, Any]:
        """Counts to x, one step at a time."""
        done = tf.while_loop(lambda i: i < x[0], lambda i: (i + 1,), [tf.constant(0, tf.int64)])
        return {"y": tf.reshape(done[0], [1])}

    signatures: dict[str, tuple[Any, dict[str, Any]]] = {
        "serving_default": (towers, {"user_id": (tf.string, 1), "ids": (tf.string, 2)}),
        "half_plus_two": (half_plus_two, {"x": (tf.float32, 1)}),
        "two_outputs": (lambda x: {"y": x + 1.0, "z": x + 2.0}, {"x": (tf.float32, 1)}),
        "scalar": (lambda x: {"y": tf.reduce_sum(x)}, {"x": (tf.float32, 1)}),
        "unequal": (lambda x: {"y": x, "z": x[:1]}, {"x": (tf.float32, 1)}),
        "picky": (lambda x: {"y": x + tf.zeros([3])}, {"x": (tf.float32, None)}),
        "slow": (slow, {"x": (tf.int64, 1)}),
    }
    for dtype in (
        "float32",
        "float64",
        "int8",
        "int32",
        "int64",
        "uint64",
        "bool",
        "string",
        "float16",
    ):
        signatures[f"same_{dtype}"] = (lambda x: {"y": tf.identity(x)}, {"x": (dtype, None)})
    signatures["raw_string"] = (lambda x: {"y_bytes": tf.identity(x)}, {"x": (tf.string, None)})
    module.kept = {name: _concrete(*signature) for name, signature in signatures.items()}
    tf.saved_model.save(module, str(directory), signatures=module.kept)


def _concrete(function: Any, inputs: dict[str, Any]) -> Any:
    import tensorflow as tf

    specs = {
        name: tf.TensorSpec(None if rank is None else [None] * rank, dtype, name)
        for name, (dtype, rank) in inputs.items()
    }
    return tf.function(function).get_concrete_function(**specs)
