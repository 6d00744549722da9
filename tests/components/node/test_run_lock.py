"""One run at a time in a folder: whoever of it lives holds the lock, and asks for it."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.node.run_lock import check_run_lock, lock_file, release_run_lock, take_run_lock
from schema.errors import SetupError


@pytest.fixture
def lock(tmp_path: Path) -> Iterator[Path]:
    take_run_lock(tmp_path / "nodes.lock", 0)
    yield tmp_path / "nodes.lock"
    release_run_lock()


def test_who_holds_no_lock_is_let_pass() -> None:
    check_run_lock()


def test_who_holds_it_is_let_pass(lock: Path) -> None:
    assert lock.exists()
    check_run_lock()


def test_a_lock_whose_file_is_gone_or_another_s_is_lost(lock: Path) -> None:
    """`make clean` in the middle of a run, and the run after it."""
    lock.unlink()
    with pytest.raises(SetupError, match=r"expected this run's lock .*, got none, or another's:"):
        check_run_lock()
    lock.touch()
    with pytest.raises(SetupError, match=r"this run's lock"):
        check_run_lock()


def test_a_second_run_waits_and_is_refused(lock: Path) -> None:
    started = time.monotonic()
    with pytest.raises(SetupError, match=r"expected no other run in this folder, got one"):
        lock_file(lock, 0.3)
    assert 0.3 <= time.monotonic() - started < 2


def test_a_forked_process_holds_it_as_long_as_it_lives(lock: Path) -> None:
    node = os.fork()
    if not node:
        signal.pause()
    release_run_lock()
    assert not _is_free(lock)
    os.kill(node, signal.SIGKILL)
    os.waitpid(node, 0)
    assert _is_free(lock)


def _is_free(path: Path) -> bool:
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
