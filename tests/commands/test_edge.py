"""`two-tower edge` as a process of its own: it prints a call that is answered."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest
import requests

from schema.database import connect
from serving.launcher import free_port
from tests.deno import Deno
from tests.releases.staging import release
from tests.serving.conftest import wait_for
from tests.serving.edge.hand_made import add_files
from tests.toy_world import fill

pytestmark = [pytest.mark.edge, pytest.mark.postgres]


@contextmanager
def _command(url: str, folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "commands", "edge", "--port", str(port)],
        env={**os.environ, "FOLDER": str(folder), "DATABASE_URL": url},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def _curl(process: subprocess.Popen[str]) -> list[str]:
    """The words of the printed call."""
    assert process.stdout
    for line in process.stdout:
        if line.startswith("curl "):
            return shlex.split(line)
    assert process.stderr
    raise AssertionError(process.stderr.read())


def _listens(port: int) -> bool:
    try:
        return requests.options(f"http://127.0.0.1:{port}", timeout=1).ok
    except requests.RequestException:
        return False


def test_the_printed_call_is_answered_and_nothing_is_left(
    database: str, deno: Deno, tmp_path: Path
) -> None:
    with closing(connect(database)) as connection:
        world = fill(connection)
        release(connection, "1", world.users, world.videos)
        add_files(connection, tmp_path / "models", "1", 5)
    (tmp_path / "deno").symlink_to(deno.packages.parent)
    port = free_port()
    with _command(database, tmp_path, port) as process:
        _, url, _, header = _curl(process)
        name, _, value = header.partition(": ")
        wait_for(lambda: _listens(port))
        reply = requests.get(url, headers={name: value}, timeout=20)
        assert (reply.status_code, reply.json()["rung"]) == (200, "fresh")
        assert len(reply.json()["items"]) == 5
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert children
        assert not [child for child in children if child.is_running()]


def test_without_a_live_version_it_says_what_to_do(
    database: str, deno: Deno, tmp_path: Path
) -> None:
    with closing(connect(database)) as connection:
        fill(connection)
        connection.commit()
    (tmp_path / "deno").symlink_to(deno.packages.parent)
    with _command(database, tmp_path, free_port()) as process:
        said = process.communicate(timeout=60)[1]
    assert said.splitlines()[-1] == (
        "error: expected a live version, got none: start with `make run`"
    )
