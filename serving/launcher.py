"""The available model server: a given URL, TensorFlow Serving on PATH or in Docker, or ours."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path

import urllib3

from schema.errors import ModelServerError
from schema.parent_death import end_with_parent
from schema.signatures import MODEL_NAME
from serving.launch_command import Kind, launch_command

__all__ = ["Launched", "free_port", "kind_at_hand", "model_server"]

_LOG = logging.getLogger(__name__)

START_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Launched:
    """A model server.

    Attributes:
        url: its root.
        ready: waits until a version is served, and returns the URL; raises ModelServerError if the
            server exits, or serves none within START_TIMEOUT_S.
    """

    url: str
    ready: Callable[[], str]


@contextmanager
def model_server(base: Path, url: str = "") -> Iterator[Launched]:
    """A server for the versions in `base`; stopped at the end if it was started here.

    Args:
        base: folder with one numeric folder for each version.
        url: a running server; if given, none is started.
    """
    if url:
        _LOG.info("model server: the one at the given URL")
        yield Launched(url.rstrip("/"), lambda: url.rstrip("/"))
        return
    port = free_port()
    kind = kind_at_hand()
    _LOG.info("model server: %s", kind)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as log:
        command = launch_command(kind, base, Path(folder), port)
        # Docker's client forwards this signal to the container; it could not forward SIGKILL.
        by = signal.SIGTERM if kind is Kind.IMAGE else signal.SIGKILL
        process = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT,
            preexec_fn=partial(end_with_parent, os.getpid(), by),  # noqa: PLW1509  # prctl alone
        )  # fmt: skip
        here = f"http://127.0.0.1:{port}"
        try:
            yield Launched(here, lambda: _waited_for(here, process, kind))
        finally:
            process.send_signal(by)  # no other client uses this server: no request is pending
            process.wait(timeout=30)


def kind_at_hand() -> Kind:
    """TensorFlow Serving on PATH, else its image, else the embedded server."""
    if shutil.which(Kind.BINARY):
        return Kind.BINARY
    return Kind.IMAGE if _docker_engine() else Kind.EMBEDDED


def _docker_engine() -> bool:
    """Whether a Docker engine answers; the client may be on PATH without one."""
    if not shutil.which("docker"):
        return False
    found = subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=20)
    return found.returncode == 0


def free_port() -> int:
    """A port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _waited_for(url: str, process: subprocess.Popen[bytes], kind: Kind) -> str:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ModelServerError(
                f"a running model server ({kind})",
                f"its end with status {process.returncode}",
                "see its own message above, or set MODEL_SERVER_URL",
            )
        try:
            status = f"{url}/v1/models/{MODEL_NAME}"
            if urllib3.request("GET", status, timeout=2, retries=False).status == HTTPStatus.OK:
                return url
        except urllib3.exceptions.HTTPError:
            pass  # not listening yet, or loading
        time.sleep(0.1)
    raise ModelServerError(
        f"a served version within {START_TIMEOUT_S:.0f} s ({kind})",
        "none",
        "start with `make run`, or set MODEL_SERVER_URL",
    )
