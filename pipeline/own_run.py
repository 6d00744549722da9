"""Exclusive resources of a run: the lock on its folder, and its temporary files."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from components.node.run_lock import lock_file, release_run_lock, take_run_lock
from pipeline.afterwards import afterwards
from pipeline.settings import Settings
from schema.errors import SetupError

__all__ = ["own_run"]

LOCKED_WITHIN_S = 5.0
"""Time-out of the lock in seconds; the processes of a killed run end sooner."""


@contextmanager
def own_run(settings: Settings) -> Iterator[None]:
    """Hold the lock, and keep all temporary files of the block in the run's own folder.

    The folder is emptied before and after; if the run is killed, after its last process has ended.

    Raises:
        SetupError: if another run is under way in the folder.
    """
    take_run_lock(settings.lock, LOCKED_WITHIN_S)
    with afterwards(partial(_remove_temporary, settings)):
        try:
            shutil.rmtree(settings.temporary, ignore_errors=True)
            settings.temporary.mkdir()
            with _temporary_files_in(settings.temporary):
                yield
        finally:
            release_run_lock()


@contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    """Set the folder in TMPDIR, for native code, and in Python, which may have read it before."""
    usual = tempfile.gettempdir()
    try:
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
        yield
    finally:
        os.environ["TMPDIR"] = tempfile.tempdir = usual


def _remove_temporary(settings: Settings, _: bool) -> None:  # noqa: FBT001
    with suppress(SetupError):  # else the next run has started, and has emptied the folder
        lock = lock_file(settings.lock, LOCKED_WITHIN_S)
        shutil.rmtree(settings.temporary, ignore_errors=True)
        os.close(lock)
