"""docs/quality.md: one table for each protocol, its protocol line above it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.machine import facts
from benchmarks.quality.comparing import Line
from benchmarks.quality.plain_run import PlainRun
from benchmarks.quality.protocols import Protocol
from benchmarks.quality.runs import Trained
from benchmarks.table import head, row
from components.retrieval_evaluator.window import Window
from schema.documents.ranking import Interval

__all__ = ["Section", "cell", "cold_section", "cost", "figures_table", "section", "write_report"]

_SHOWN = ("ndcg@10", "recall@10", "ndcg@20", "recall@20", "mrr@20")
_BESIDE = ("coverage", "novelty", "popularity_lift")
_HEAD = """# Results

Written by `make bench-quality`: {facts}

Real data: MovieLens-100K, a like is a rating of 4 or 5, any other a nope. All videos are ranked,
those that the user had decided on before are removed. Figures are means over users; ours are means
over seeds, in bold with their range where there are several. Hyper-parameters were chosen on the
valid window, a cut of train; docs/decisions/measurements/2026-11-24-model.md says when else test
was read. Higher is better, but for novelty (bits) and popularity (likes of what is recommended over
likes of what was liked), which say what kind of list it is.
"""


class Section(NamedTuple):
    """One protocol's part of the page."""

    title: str
    lines: list[str]


def section(
    protocol: Protocol, runs: Sequence[Trained], window: Window, lines: list[Line]
) -> Section:
    """The table of all recommenders."""
    about = f"{len(window.users):,} users, {len(window.videos):,} videos; {cost(runs)}."
    return Section(f"{protocol.name.upper()}: {protocol.about}", [about, "", *figures_table(lines)])


def cold_section(
    protocol: Protocol,
    runs: Sequence[Trained],
    window: Window,
    lines: list[Line],
    change: Interval,
) -> Section:
    """The same for videos without a past, with the interval of our advantage."""
    title, text = section(protocol, runs, window, lines)
    return Section(title, [*text, "", _change(change)])


def write_report(page: Path, sections: Sequence[Section]) -> None:
    """Replaces the page."""
    head = _HEAD.format(facts=facts())
    parts = [head, *(f"## {title}\n\n" + "\n".join(lines) + "\n" for title, lines in sections)]
    page.write_text("\n".join(parts), encoding="utf-8")


def figures_table(lines: Sequence[Line]) -> list[str]:
    """A row for each name; what has several lines of one name gets their mean and range."""
    rows = [_row(name, list(same)) for name, same in groupby(lines, lambda line: line.name)]
    return [head(("recommender", *_SHOWN, *_BESIDE)), *rows]


def cost(runs: Sequence[Trained | PlainRun], name: str = "ours") -> str:
    """How many epochs they have, and how long they took."""
    epochs = [run.epochs for run in runs]
    seconds = [run.seconds for run in runs]
    span = f"{min(seconds):.0f} to {max(seconds):.0f} s"
    chosen = f"{min(epochs)} to {max(epochs)} epochs after the closed form"
    return f"{name}: {chosen}, chosen and fitted in {span}"


def _row(name: str, lines: list[Line]) -> str:
    figures = [line.figures.plain() for line in lines]
    cells = [cell([own[key]["mean"] for own in figures]) for key in _SHOWN]
    cells += [cell([own[key] for own in figures]) for key in _BESIDE]
    return row((name, *cells))


def cell(values: Sequence[float | None]) -> str:
    """The mean, with the range of several."""
    known = [value for value in values if value is not None]
    if not known:
        return "n/a"
    mean = f"{np.mean(known):.4f}"
    return mean if len(known) == 1 else f"**{mean}** ({min(known):.4f} to {max(known):.4f})"


def _change(change: Interval) -> str:
    return (
        f"Ours minus the popularity of the genre, NDCG@10, mean over seeds: {change.mean:+.4f}"
        f" (95 % bootstrap interval over users {change.low:+.4f} to {change.high:+.4f})."
    )
