"""What must be done after a block, however it ends: well, by an error, or by `kill -9`."""

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
    """Calls `clean` once the block has ended; in a process of its own where this one is killed.

    That process waits at the end of a pipe for our death, and for that of every process forked
    from here. It has a session of its own, and holds nothing that was open here.

    Args:
        clean: its argument says whether this process was killed; it must be quick then. It takes no
            other state, because it may be restarted where it was interrupted.
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
    """In the child: never returns to the code that it was forked from."""
    try:
        os.setsid()
        for mine in (signal.SIGTERM, signal.SIGINT):
            signal.signal(mine, signal.SIG_IGN)  # the parent answers those
        _close_all_but(pipe)
        if os.read(pipe, 1) != _DONE:
            clean(True)  # noqa: FBT003
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    finally:
        os._exit(0)


def _close_all_but(pipe: int) -> None:
    """A lock or the end of another pipe, kept open here, would outlive its holder."""
    for entry in list(Path("/proc/self/fd").iterdir()):
        if int(entry.name) not in {pipe, 2}:
            with suppress(OSError):
                os.close(int(entry.name))
    for standard in (0, 1):
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_RDWR), standard)
