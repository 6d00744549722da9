"""Fewer points of a curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

__all__ = ["thinned"]

Point = TypeVar("Point")


def thinned(points: Sequence[Point], most: int) -> list[Point]:
    """At most so many of the points, evenly chosen, both ends included."""
    last = len(points) - 1
    if last < most:
        return list(points)
    return [points[round(at * last / (most - 1))] for at in range(most)]
