"""Clean-up after a block, also if the process is ended by `kill -9`."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

__all__ = ["afterwards"]

_DONE = b"."


@contextmanager
def afterwards(clean: Callable[[bool], None]) -> Iterator[None]:
    """Call `clean` once the block has ended; in a child process if this one is killed.

    The child waits on a pipe for the end of this process and of every process forked from it. It
    has a session of its own, and closes all files that were open here.

    Args:
        clean: its argument is whether this process was killed; it must be quick then. It takes no
            other state, because an interrupted call may be repeated.
    """
    theirs, ours = os.pipe()
    child = os.fork()
    if not child:
        _stand_by(theirs, clean)
    os.close(theirs)
    try:
        yield
    finally:
        try:
            clean(False)  # noqa: FBT003
            with suppress(BrokenPipeError):  # the child itself was killed
                os.write(ours, _DONE)
        finally:
            os.close(ours)
            os.waitpid(child, 0)


def _stand_by(pipe: int, clean: Callable[[bool], None]) -> NoReturn:
    """Code of the child; never returns to the code that forked it."""
    try:
        os.setsid()
        for mine in (signal.SIGTERM, signal.SIGINT):
            signal.signal(mine, signal.SIG_IGN)  # the parent handles these
        _close_all_but(pipe)
        if os.read(pipe, 1) != _DONE:
            clean(True)  # noqa: FBT003
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    finally:
        os._exit(0)


def _close_all_but(pipe: int) -> None:
    """Close all other files, so that no lock or pipe of the parent stays open here."""
    for entry in list(Path("/proc/self/fd").iterdir()):
        if int(entry.name) not in {pipe, 2}:
            with suppress(OSError):
                os.close(int(entry.name))
    for standard in (0, 1):
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_RDWR), standard)
