"""Lines of a Markdown table."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["head", "row"]


def head(names: Sequence[str]) -> str:
    """The line of names and the line below it."""
    return f"{row(names)}\n|{'---|' * len(names)}"


def row(cells: Sequence[str]) -> str:
    """One line."""
    return f"| {' | '.join(cells)} |"
