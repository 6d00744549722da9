"""Live processes, as reported by the kernel."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

__all__ = ["alive", "of_folder", "within"]


def of_folder(folder: Path) -> list[psutil.Process]:
    """Those that were started with FOLDER set to it: main, CLI, nodes, servers, cleaners."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("FOLDER") == str(folder) and alive(process):
                found.append(process)
    return found


def alive(process: psutil.Process) -> bool:
    """Whether it lives; one that merely waits for its parent's notice does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold within that time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
