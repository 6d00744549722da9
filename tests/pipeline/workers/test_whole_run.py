"""`RUNNER=workers make run` beside a local run: equal results, although workers were killed."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest

from pipeline.local.postgres import open_folder
from pipeline.plan.nodes import ON_BEAM
from pipeline.workers.pool import NAME
from tests.databases.toy import run, toy_database
from tests.killed.processes import of_folder
from tests.pipeline.workers.results import examples, vocabularies

pytestmark = [pytest.mark.distributed, pytest.mark.tfx, pytest.mark.timeout(1200)]

AT_WORK_S = 1.5
"""Processor time of a worker that is in the middle of a Transform, a statistic or an evaluation."""


class Runs(NamedTuple):
    """Both runs' folders, and the workers that were killed in the second."""

    local: Path
    workers: Path
    killed: list[int]


@pytest.fixture(scope="module")
def runs(postgres_url: str) -> Iterator[Runs]:
    """The closed form alone (EPOCHS=0), which is the same for the same Examples."""
    with open_folder("two-tower-runs-") as folder:
        local, workers = folder / "local", folder / "workers"
        _run(postgres_url, local)
        killed: list[int] = []
        stop = threading.Event()
        killer = threading.Thread(target=_kill, args=(workers, killed, stop))
        killer.start()
        try:
            _run(postgres_url, workers, RUNNER="workers")
        finally:
            stop.set()
            killer.join()
        yield Runs(local, workers, killed)


def _run(server: str, folder: Path, **settings: str) -> None:
    """In a database of its own, so that no model is live."""
    with toy_database(server) as (url, _):
        done = run(url, folder, EPOCHS="0", **settings)
    log = folder / "run.log"
    assert done.returncode == 0, done.stdout + done.stderr + log.read_text()[-5000:]


def _kill(folder: Path, killed: list[int], stop: threading.Event) -> None:
    """SIGKILL to the first worker that is seen, and to the first that has worked for a while."""
    while len(killed) < 2 and not stop.wait(0.05):
        with suppress(psutil.NoSuchProcess):
            for process in _workers(folder):
                if process.cpu_times().user >= (AT_WORK_S if killed else 0):
                    process.kill()
                    killed.append(process.pid)
                    break


def _workers(folder: Path) -> list[psutil.Process]:
    return [one for one in of_folder(folder) if one.name() == NAME]


def _summary(folder: Path) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return summary


def test_examples_are_the_same_row_by_row(runs: Runs) -> None:
    """So nothing is missing or there twice, in a node that was tried again either."""
    ours, theirs = examples(runs.workers), examples(runs.local)
    assert {name.partition("/")[0] for name in theirs} == {
        "Decisions", "Catalogue", "Users", "EvalPairs", "Ranking", "Popularity",
    }  # fmt: skip
    assert sum(map(len, theirs.values())) > 1000
    assert ours == theirs


def test_vocabularies_are_the_same(runs: Runs) -> None:
    ours, theirs = vocabularies(runs.workers), vocabularies(runs.local)
    assert len(theirs) > 3
    assert ours == theirs


def test_figures_are_the_same_to_six_digits(runs: Runs) -> None:
    ours, theirs = (_summary(one)["review"]["candidate"] for one in (runs.workers, runs.local))
    assert ours["overall"] == pytest.approx(theirs["overall"], abs=1e-6)
    assert theirs["overall"]["auc_pr"] > 0.5
    ranking, other = (_summary(one)["review"]["ranking"] for one in (runs.workers, runs.local))
    assert _numbers(ranking) == pytest.approx(_numbers(other), abs=1e-6)


def _numbers(document: Any) -> list[float]:
    """All numbers of a document, in its order."""
    if isinstance(document, dict):
        return [number for value in document.values() for number in _numbers(value)]
    if isinstance(document, list):
        return [number for value in document for number in _numbers(value)]
    return [document] if isinstance(document, int | float) else []


def test_a_node_whose_worker_was_killed_was_tried_again(runs: Runs) -> None:
    log = (runs.workers / "run.log").read_text(encoding="utf-8")
    assert len(runs.killed) == 2
    assert log.count("; the node is tried again") in {1, 2}  # both may have been of one node


def test_every_node_on_beam_had_workers_that_did_its_work(runs: Runs) -> None:
    """By the kernel's account of their processor time; a node that was tried again had more."""
    log = (runs.workers / "run.log").read_text(encoding="utf-8")
    ended = re.findall(r"beam-worker \d+ ends: ([\d.]+) s of processor time", log)
    assert len(ended) >= 2 * len(ON_BEAM)
    assert sum(map(float, ended)) > 5
    assert "beam-worker" not in (runs.local / "run.log").read_text(encoding="utf-8")


def test_nobody_is_left(runs: Runs) -> None:
    assert runs.killed
    assert not _workers(runs.workers)
    assert not (runs.workers / "workers.sock").exists()
