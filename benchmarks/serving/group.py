"""`make serve` as a process of its own: where it answers, and the processes of its group."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import psutil
import urllib3

from pipeline.settings import DATABASE_URL
from serving.launcher import free_port

__all__ = ["Group", "group"]

READY_WITHIN_S = 120.0
_SERVICE, _MODEL_SERVER = "serving.api", "serving.model_server"


class Group:
    """A running group.

    Args:
        root: root URL of the service.
        pid: of the supervisor.
    """

    def __init__(self, root: str, pid: int) -> None:
        self.root, self.pid = root, pid
        self._children: dict[str, psutil.Process] = {}
        self.http = urllib3.PoolManager(retries=False, timeout=30.0)

    def service(self) -> psutil.Process:
        """The recommender's process."""
        return self._child(_SERVICE)

    def model_server(self) -> psutil.Process:
        """The model server's process."""
        return self._child(_MODEL_SERVER)

    def ready(self) -> bool:
        """Whether every dependency works."""
        try:
            return self.http.request("GET", f"{self.root}/readyz").status == HTTPStatus.OK
        except urllib3.exceptions.HTTPError:
            return False

    def ready_after_s(self) -> float:
        """Seconds from now until it is ready.

        Raises:
            TimeoutError: it is not, after READY_WITHIN_S.
        """
        started = time.monotonic()
        while not self.ready():
            if time.monotonic() - started > READY_WITHIN_S:
                raise TimeoutError(f"a ready service within {READY_WITHIN_S:.0f} s: see its log")
            time.sleep(0.05)
        return time.monotonic() - started

    def ask_many(self, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The answers of one `POST /v1/recommendations`."""
        reply = self.http.request(
            "POST", f"{self.root}/v1/recommendations", json={"requests": requests}
        )
        if reply.status != HTTPStatus.OK:
            raise RuntimeError(f"HTTP {reply.status}: {reply.data[:300]!r}")
        return list(json.loads(reply.data)["answers"])

    def _child(self, module: str) -> psutil.Process:
        known = self._children.get(module)
        if known is not None and known.is_running():
            return known
        children = psutil.Process(self.pid).children(recursive=True)
        (found,) = [one for one in children if module in one.cmdline()]
        self._children[module] = found
        return found


@contextmanager
def group(folder: Path, url: str, log: Path) -> Iterator[Group]:
    """A ready group with the models in `folder`/models; ended by Ctrl-C's signal.

    Args:
        folder: FOLDER of the command's settings.
        url: of the database.
        log: file for what it says.
    """
    port = free_port()
    environment = {DATABASE_URL: url, "FOLDER": str(folder), "API_RATE": "1000000/minute"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "commands", "serve", "--port", str(port)],
            env={**os.environ, **environment}, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            found = Group(f"http://127.0.0.1:{port}", process.pid)
            found.ready_after_s()
            yield found
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)
