"""Lines of a Markdown table, and a bench's figures beside their limits."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import NamedTuple

__all__ = ["Line", "head", "print_lines", "row"]


class Line(NamedTuple):
    """One figure beside its limit; less is better unless the limit says `at least`."""

    what: str
    measured: str
    limit: str


def head(names: Sequence[str]) -> str:
    """The line of names and the line below it."""
    return f"{row(names)}\n|{'---|' * len(names)}"


def row(cells: Sequence[str]) -> str:
    """One line."""
    return f"| {' | '.join(cells)} |"


def print_lines(lines: Iterable[str]) -> None:
    """Print each line as soon as it is there: a bench takes minutes."""
    for line in lines:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
