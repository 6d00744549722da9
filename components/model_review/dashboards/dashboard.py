"""What a dashboard shows: choices, each with views that one of TFMA's elements draws."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from itertools import accumulate
from typing import Any

__all__ = ["Choice", "Dashboard", "View", "safe", "within"]

BYTES = 330_000
"""Most of a page's data: TFMA's elements take 1.12 MB of its 1.5 MB."""

_LOOK_ALIKE = str.maketrans("<>", "\u2039\u203a")


@dataclass(frozen=True)
class View:
    """One element and its input.

    Attributes:
        element: TFMA's element.
        title: heading; empty for none.
        data: as TFMA's notebook widget takes it. A list of objects may be a table
            {"columns": names, "rows": lists}, which is shorter.
        config: as the widget takes it.
    """

    element: str
    title: str
    data: Any
    config: dict[str, Any]


@dataclass(frozen=True)
class Choice:
    """What is shown at a time, such as a slice."""

    name: str
    views: list[View]


@dataclass(frozen=True)
class Dashboard:
    """One page.

    Attributes:
        name: of the file, and of the link to it.
        title: heading.
        about: what it shows, and how to read it.
        label: what is chosen.
        choices: at least one; the first is shown first.
        notes: what a reader must know of the figures.
    """

    name: str
    title: str
    about: str
    label: str
    choices: list[Choice]
    notes: list[str] = field(default_factory=list)


def safe(name: str) -> str:
    """A name out of the data that no element can take for markup: TFMA's do not escape it."""
    return name.translate(_LOOK_ALIKE)


def within(choices: Iterable[Choice], most: int = BYTES) -> tuple[list[Choice], list[str]]:
    """The first choices, as far as `most` bytes of JSON go; a note if there are more."""
    given = list(choices)
    sizes = accumulate(len(json.dumps(asdict(choice))) for choice in given)
    kept = [choice for choice, size in zip(given, sizes, strict=True) if size <= most] or given[:1]
    missing = len(given) - len(kept)
    return kept, [f"Smaller slices that this page leaves out: {missing}."] if missing else []
