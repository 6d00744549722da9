"""Exclusive resources of a run, and their removal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.own_run import own_run
from pipeline.settings import Settings
from tests.killed.processes import within

RUN = """
import os, sys, tempfile, time
from pathlib import Path
from pipeline.own_run import own_run
from pipeline.settings import Settings
with own_run(Settings(folder=Path(sys.argv[1]))):
    if not os.fork():  # a node
        print(tempfile.mkdtemp(), flush=True)
        time.sleep(1)
        tempfile.mkdtemp()
        os._exit(0)
    time.sleep(60)
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    monkeypatch.setenv("TMPDIR", tempfile.gettempdir())
    monkeypatch.setattr(tempfile, "tempdir", tempfile.tempdir)
    return Settings(folder=tmp_path)


def test_temporary_files_lie_in_the_folder_and_are_gone_after_it(settings: Settings) -> None:
    """Files of Python and of processes that it starts."""
    usual = tempfile.gettempdir()
    with own_run(settings):
        made = {Path(tempfile.mkdtemp()), Path(subprocess.check_output(["mktemp"], text=True))}
        assert {path.parent for path in made} == {settings.folder / "run.tmp"}
    assert not (settings.folder / "run.tmp").exists()
    assert tempfile.gettempdir() == os.environ["TMPDIR"] == usual


def test_what_an_earlier_run_left_is_gone_when_the_next_begins(settings: Settings) -> None:
    (settings.folder / "run.tmp" / "old").mkdir(parents=True)
    with own_run(settings):
        assert list((settings.folder / "run.tmp").iterdir()) == []


def test_a_killed_run_s_files_are_removed_once_its_last_process_is_dead(tmp_path: Path) -> None:
    """Here a node outlives it by a second, and makes one more file."""
    run = subprocess.Popen([sys.executable, "-c", RUN, str(tmp_path)], stdout=-1, text=True)
    with run:
        assert run.stdout is not None
        made = Path(run.stdout.readline().strip())
        assert made.parent == tmp_path / "run.tmp"
        os.kill(run.pid, signal.SIGKILL)
        assert made.exists()
        assert within(3, lambda: not (tmp_path / "run.tmp").exists())
