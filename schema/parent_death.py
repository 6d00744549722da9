"""Processes that end with the one that started them, even where that is killed."""

from __future__ import annotations

import ctypes
import os
import signal

__all__ = ["end_with_parent"]

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int, by: signal.Signals = signal.SIGKILL) -> None:
    """From now on, this process gets the signal `by` when the thread that started it ends.

    A fork takes nothing of this over, a new program started by exec does (man prctl).

    Args:
        parent: the process id of who started this one; where that is another's by now, it ended
            before this call, and the signal comes at once.
        by: SIGKILL, or a signal that this process answers by tidying up.

    Raises:
        OSError: where the kernel refuses.
    """
    if _LIBC.prctl(_PR_SET_PDEATHSIG, int(by)):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        os.kill(os.getpid(), by)
