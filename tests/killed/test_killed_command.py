"""`make run`'s command, killed in the middle: nothing is left of it, and the next run goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import filelock
import psutil
import pytest

from pipeline.local.postgres import open_folder
from tests.killed.processes import of_folder, within

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
MAIN = (sys.executable, "-m", "commands")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Folder of runs with an embedded PostgreSQL, each started where the last was killed."""
    with open_folder("two-tower-test-") as made:
        yield made
        for left in of_folder(made):
            left.kill()


def _started(folder: Path, *command: str) -> psutil.Popen:
    environment = {**os.environ, "FOLDER": str(folder), "DATABASE_URL": ""}
    (folder / "progress.jsonl").unlink(missing_ok=True)
    return psutil.Popen(
        command or [*MAIN, "run"], env=environment, cwd=ROOT, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


def _waits_for(folder: Path, event: str) -> bool:
    progress = folder / "progress.jsonl"
    return within(120, lambda: progress.exists() and event in progress.read_text())


def _kill_group(run: psutil.Popen) -> None:
    os.killpg(run.pid, signal.SIGKILL)


def _kill_main(run: psutil.Popen) -> None:
    run.kill()


def _kill_cli(run: psutil.Popen) -> None:
    (cli,) = [one for one in run.children() if "create" in one.cmdline()]
    cli.kill()


@pytest.mark.parametrize(
    ("kill", "node", "seconds"),
    [
        (_kill_main, "Moment", 2),
        (_kill_group, "UserTransform", 2),
        (_kill_cli, "UserTransform", 5),  # the command lives, and tidies up
    ],
)
def test_nothing_lives_seconds_later_and_the_temporary_files_are_gone(
    folder: Path, kill: Callable[[psutil.Popen], None], node: str, seconds: float
) -> None:
    """The database too, which nobody else uses."""
    run = _started(folder)
    assert _waits_for(folder, f'"start", "node": "{node}"')
    assert (folder / "run.tmp").exists()
    running = [process.name() for process in of_folder(folder)]
    assert "postgres" in running
    assert len(running) > running.count("postgres") + 4  # main, CLI, script, node, model server
    kill(run)
    assert within(seconds, lambda: not of_folder(folder))
    assert not (folder / "run.tmp").exists()
    assert not list(folder.glob("models/*"))
    run.wait()


def test_a_run_is_refused_while_a_process_of_another_lives(folder: Path) -> None:
    """By the script, whose word comes through the log; the lock is that of the nodes."""
    with filelock.FileLock(folder / "nodes.lock"):
        run = _started(folder, *MAIN, "run")
        assert run.wait() == 1
        assert run.stderr.read().decode().splitlines()[-1] == (
            f"error: expected no other run in this folder, got one that holds {folder}/nodes.lock:"
            " wait for it, or set FOLDER to another"
        )
    assert not (folder / "progress.jsonl").exists()


def test_a_killed_make_takes_the_run_along(folder: Path) -> None:
    """By SIGTERM, which the command answers by tidying up."""
    rule = "run:\n\t@" + _recipe() + " run\n"
    (folder / "Makefile").write_text(rule)
    make = _started(folder, "make", "-s", "-f", str(folder / "Makefile"), f"VENV={_venv()}", "run")
    assert _waits_for(folder, '"start"')
    make.kill()
    assert within(5, lambda: not of_folder(folder))
    assert not (folder / "run.tmp").exists()
    make.wait()


def _recipe() -> str:
    """The Makefile's call of the command; `make run` itself would repeat the set-up."""
    lines = (ROOT / "Makefile").read_text().splitlines()
    (recipe,) = [line for line in lines if line.startswith("MAIN = ")]
    return recipe.removeprefix("MAIN = ")


def _venv() -> str:
    return str(Path(sys.executable).parent)
