"""The run's lock on its folder, held by its process and by every node forked from it.

While any of them lives, no other run starts there. A run whose lock file was removed, for example
with its folder, changes nothing outside. The check passes under orchestrators that take no lock.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from schema.errors import SetupError

__all__ = ["check_run_lock", "lock_file", "release_run_lock", "take_run_lock"]

POLL_S = 0.05
_HELD: list[tuple[int, Path]] = []
"""Descriptor and path of the lock that this process has inherited or taken."""


def lock_file(path: Path, within_s: float) -> int:
    """Lock the file, created if absent, and return the descriptor that holds the lock.

    Raises:
        SetupError: if other processes hold it for longer than `within_s` seconds.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    deadline = time.monotonic() + within_s
    while not _is_locked(descriptor):
        if time.monotonic() > deadline:
            os.close(descriptor)
            raise SetupError(
                "no other run in this folder", f"one that holds {path}",
                "wait for it, or set FOLDER to another",
            )  # fmt: skip
        time.sleep(POLL_S)
    return descriptor


def take_run_lock(path: Path, within_s: float) -> None:
    """Lock the file for this process and those that it forks from now on; see `lock_file`."""
    _HELD.append((lock_file(path, within_s), path))


def release_run_lock() -> None:
    """Close the lock in this process; forked processes hold it until they end."""
    while _HELD:
        os.close(_HELD.pop()[0])


def check_run_lock() -> None:
    """Check the lock; called by a node directly before it changes anything outside.

    Raises:
        SetupError: if the lock file was removed or replaced, so that another run may have started.
    """
    for descriptor, path in _HELD:
        if not path.exists() or not os.path.samestat(os.fstat(descriptor), path.stat()):
            raise SetupError(
                f"this run's lock {path}", "none, or another's",
                "nothing was released; leave a run's folder alone while it goes on",
            )  # fmt: skip


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
