"""The run's lock on its folder: held by its process and by every node forked from it.

While any of them lives no other run begins there, and a run whose lock is gone, as after somebody
has removed the folder, changes nothing outside. Engines that take no lock are let pass.
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
"""The descriptor and the path of the lock that this process was born with or has taken."""


def lock_file(path: Path, within_s: float) -> int:
    """Locks the file, made where it is absent, and returns the descriptor that holds the lock.

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
    """Locks the file for this process and those that it forks from now on; see `lock_file`."""
    _HELD.append((lock_file(path, within_s), path))


def release_run_lock() -> None:
    """Closes it here; forked processes hold it for as long as they live."""
    while _HELD:
        os.close(_HELD.pop()[0])


def check_run_lock() -> None:
    """What a node asks as the last thing before it changes anything outside.

    Raises:
        SetupError: if another file lies where the lock was, so that another run may have begun.
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
