"""The heaps of glibc's malloc in this process."""

from __future__ import annotations

import ctypes

__all__ = ["give_back", "share_heaps"]

_LIBC = ctypes.CDLL(None)
_M_ARENA_MAX = -8
"""Of glibc's malloc.h."""


def share_heaps(most: int) -> None:
    """Have all threads share so many heaps: one's free space can be used by another."""
    _LIBC.mallopt(_M_ARENA_MAX, most)


def give_back() -> None:
    """Give freed memory back to the system, which the process would keep."""
    _LIBC.malloc_trim(0)
