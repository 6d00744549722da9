"""The model server at hand: a given URL, TensorFlow Serving on PATH or in Docker, or ours."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import requests

from schema.errors import ModelServerError
from schema.signatures import MODEL_NAME
from serving.parent_death import end_with_parent

__all__ = ["model_server"]

_LOG = logging.getLogger(__name__)

START_TIMEOUT_S = 60.0
IMAGE = "tensorflow/serving:2.20.0"


@contextmanager
def model_server(base: Path, url: str = "") -> Iterator[Callable[[], str]]:
    """A server for the versions in `base`; what was started is stopped at the end.

    Args:
        base: folder with one numeric folder for each version.
        url: a server that runs already; nothing is started then.

    Yields:
        A function that waits until some version is served, and returns the server's URL. It
        raises ModelServerError if the server ends, or does not answer within START_TIMEOUT_S.
    """
    if url:
        _LOG.info("model server: the one at the given URL")
        yield lambda: url.rstrip("/")
        return
    port = _free_port()
    kind, command = _command(base, port)
    _LOG.info("model server: %s", kind)
    with tempfile.TemporaryFile() as log:
        # Docker's client passes this signal on to the container, and could not pass on SIGKILL.
        by = signal.SIGTERM if kind.startswith("docker") else signal.SIGKILL
        process = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT,
            preexec_fn=partial(end_with_parent, os.getpid(), by),  # noqa: PLW1509  # prctl alone
        )  # fmt: skip
        try:
            yield lambda: _waited_for(f"http://127.0.0.1:{port}", process, kind)
        finally:
            process.send_signal(by)  # nobody else asks this server: nothing is to be answered
            process.wait(timeout=30)


def _command(base: Path, port: int) -> tuple[str, list[str]]:
    binary = shutil.which("tensorflow_model_server")
    flags = [f"--rest_api_port={port}", f"--model_name={MODEL_NAME}", "--num_load_threads=2"]
    if binary:
        return "tensorflow_model_server", [binary, *flags, f"--model_base_path={base}"]
    if _docker_engine():
        run = ["docker", "run", "--rm", "--init", "-p", f"127.0.0.1:{port}:8501"]
        run += ["-v", f"{base}:/models/{MODEL_NAME}:ro", "-e", f"MODEL_NAME={MODEL_NAME}"]
        return f"docker image {IMAGE}", [*run, IMAGE, "--num_load_threads=2"]
    own = [sys.executable, "-m", "serving.model_server", "--base", str(base)]
    return "embedded", [*own, "--name", MODEL_NAME, "--port", str(port)]


def _docker_engine() -> bool:
    """Whether an engine answers; a client on PATH says nothing about one."""
    if not shutil.which("docker"):
        return False
    found = subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=20)
    return found.returncode == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _waited_for(url: str, process: subprocess.Popen[bytes], kind: str) -> str:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ModelServerError(
                f"a running model server ({kind})",
                f"its end with status {process.returncode}",
                "see its own message above, or set MODEL_SERVER_URL",
            )
        try:
            if requests.get(f"{url}/v1/models/{MODEL_NAME}", timeout=2).ok:
                return url
        except requests.RequestException:
            pass  # not listening yet, or busy with loading
        time.sleep(0.1)
    raise ModelServerError(
        f"a served version within {START_TIMEOUT_S:.0f} s ({kind})",
        "none",
        "start with `make run`, or set MODEL_SERVER_URL",
    )
