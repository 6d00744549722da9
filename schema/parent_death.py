"""Processes that end with the one that started them, even if that is killed."""

from __future__ import annotations

import ctypes
import os
import signal

__all__ = ["end_with_parent"]

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int, by: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel send `by` to this process when the thread that started it ends.

    The setting survives exec, but a forked child does not inherit it (man prctl).

    Args:
        parent: id of the process that started this one. If this process has another parent by
            now, `parent` ended before this call, and the signal is sent at once.
        by: SIGKILL, or a signal on which this process cleans up.

    Raises:
        OSError: if the kernel refuses.
    """
    if _LIBC.prctl(_PR_SET_PDEATHSIG, int(by)):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        os.kill(os.getpid(), by)
