"""Where the work of RUNNER=workers is done, and what comes of a worker that is killed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from pipeline.local.postgres import open_folder
from pipeline.workers.pool import NAME, worker_pool
from schema.database import connect
from schema.errors import SetupError
from tests.killed.processes import alive, within
from tests.toy_world import fill

pytestmark = [pytest.mark.distributed, pytest.mark.postgres]

USERS = "SELECT user_id::text FROM users WHERE user_id BETWEEN %(first_id)s AND %(last_id)s"
SLOW = f"SELECT user_id FROM (SELECT user_id, pg_sleep(0.5) FROM ({USERS}) AS a) AS slow"
NAMELESS = f"SELECT user_id AS nobody FROM ({USERS}) AS a"
Job = subprocess.Popen[str]


@pytest.fixture(scope="module")
def job() -> Iterator[Job]:
    """The program of job.py, which takes its seconds of imports once."""
    words = [sys.executable, "-m", "tests.pipeline.workers.job"]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True, bufsize=1) as job:
        yield job
        job.kill()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: sockets lie in it."""
    with open_folder("two-tower-workers-") as folder:
        yield folder


@pytest.fixture
def world(database: str) -> str:
    """The address of the toy world's database."""
    with closing(connect(database)) as connection:
        fill(connection)
    return database


def _ask(job: Job, folder: Path, url: str, query: str, workers: int = 2) -> None:
    asked = {"folder": str(folder), "url": url, "query": query, "workers": workers}
    assert job.stdin
    job.stdin.write(json.dumps(asked) + "\n")


def _answer(job: Job) -> dict[str, Any]:
    assert job.stdout
    said: dict[str, Any] = json.loads(job.stdout.readline())
    return said


def test_two_workers_read_every_row_once_and_the_node_s_process_none(
    job: Job, world: str, folder: Path
) -> None:
    """40 users in 4 key ranges; only the pool has the database's address."""
    _ask(job, folder, world, USERS)
    said = _answer(job)
    by_process = {tuple(name.split(" of ")): rows for name, rows in said["rows"].items()}
    assert len(by_process) == 2
    assert {parent for _, parent in by_process} == {str(said["pool"])}
    assert str(said["driver"]) not in {worker for worker, _ in by_process}
    assert sum(by_process.values()) == 40
    assert min(by_process.values()) > 0


def test_nobody_listens_on_a_network_and_nobody_is_left(job: Job, world: str, folder: Path) -> None:
    _ask(job, folder, world, USERS, workers=1)
    said = _answer(job)
    assert list(said["rows"].values()) == [40]
    assert (said["ports"], said["left"]) == (0, [])
    assert not list(folder.glob("*.sock"))


def test_an_error_of_a_worker_is_our_own_line(job: Job, world: str, folder: Path) -> None:
    _ask(job, folder, world, NAMELESS)
    line = "expected columns of the table of features, got nobody: fix the query"
    assert _answer(job)["line"] == line


@pytest.mark.parametrize("when", ["at its start", "in mid read"])
def test_a_killed_worker_fails_the_job_and_takes_the_others_with_it(
    job: Job, world: str, folder: Path, when: str
) -> None:
    """Nobody is left who could write into what a second try has begun."""
    _ask(job, folder, world, SLOW)
    assert within(120, lambda: bool(_workers(job)))
    if when == "in mid read":
        assert within(60, lambda: bool(list(folder.glob("*.unfinished"))))
    killed = time.monotonic()
    _workers(job)[0].kill()
    said = _answer(job)
    assert said["error"] == "LostWorkerError"
    assert said["line"].startswith("expected a worker of Beam's to live until its work is done, ")
    assert said["left"] == []
    assert time.monotonic() - killed < 20
    assert not [one for one in folder.glob("shard-*") if one.suffix != ".unfinished"]


def test_pool_and_workers_end_with_a_run_that_is_killed(job: Job, world: str, folder: Path) -> None:
    _ask(job, folder, world, SLOW)
    assert within(120, lambda: len(_workers(job)) == 2)
    run = psutil.Process(job.pid).children()[0]
    below = run.children(recursive=True)
    assert len(below) == 3
    run.kill()
    assert within(5, lambda: not any(map(alive, below)))


def test_a_folder_whose_name_is_too_long_for_a_socket_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 80)
    with pytest.raises(SetupError, match="expected a FOLDER of at most 70 bytes with RUNNER="):
        worker_pool(folder / "workers.sock").__enter__()


def _workers(job: Job) -> list[psutil.Process]:
    children = psutil.Process(job.pid).children(recursive=True)
    return [one for one in children if one.name() == NAME]
