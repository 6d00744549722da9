"""What `make ab-start` and `make ab-report` print: counts and figures, no user's id."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rich.markup import escape
from rich.table import Table

from releases.experiments.estimates import Estimate
from releases.experiments.power import Prospect
from releases.experiments.registry import Kind
from releases.experiments.report import Report
from releases.experiments.snips import FEWEST, Snips

__all__ = ["prospect_lines", "report_lines", "report_table"]

_HEADINGS = ("figure", "unit", "control", "candidate", "difference")


def prospect_lines(found: Prospect, planned: float, kind: Kind) -> Iterator[str]:
    """What can be found and when, one line each."""
    stood_in = "" if found.source == "exposures" else "; no exposure is logged yet, so it is rough"
    yield (
        f"by {found.source} of {found.span} days until {found.until:%Y-%m-%d}:"
        f" {found.users:,} users, {found.base:.1%} likes{stood_in}"
    )
    split = kind is Kind.SPLIT
    of_what = "in likes for each shown video" if split else "between the lists' parts of the likes"
    best = "" if split else ", at best"  # users with a preference of their own take longer
    for days, findable in found.findable.items():
        yield f"after {days} days a difference of {findable:.1%} {of_what} can be found{best}"
    when = f"after {found.days:,} days" if found.days else "never"
    yield f"the planned {planned:.1%} can be found {when} (80 % power, 95 % level)"


def report_table(found: Report) -> Table:
    """A line for each figure; differences only where the arms have got the right users."""
    own = found.experiment
    table = Table(title=escape(f"{own.name}: {own.candidate} beside {own.control}, {own.kind}"))
    for heading in _HEADINGS:
        table.add_column(heading, justify="left" if heading in _HEADINGS[:2] else "right")
    for line in found.lines + found.by_decisions:
        gained = "-" if found.sample.is_alert else _figure(line.difference)
        table.add_row(line.name, line.unit, _figure(line.control), _figure(line.candidate), gained)
    return table


def report_lines(found: Report) -> Iterator[str]:
    """Counts, random places, rungs, and the verdict last."""
    sample = found.sample
    of_what = "users" if found.experiment.kind is Kind.SPLIT else "first places"
    yield (
        f"{of_what}: control {sample.control:,}, candidate {sample.candidate:,}"
        f" (expected {sample.expected:,.0f}; p = {sample.p:.2g})"
    )
    for rung in found.rungs:
        crossed = f"; {rung.crossed:,} users were shown another arm's" if rung.crossed else ""
        yield f"{rung.arm or 'no arm'}, {rung.rung}: {rung.places:,} places{crossed}"
    for arm, own in found.random_places.items():
        yield f"{arm}, random places: {_random(own)}"
    yield found.verdict


def _figure(estimate: Estimate) -> str:
    if math.isnan(estimate.value):
        return "-"
    return f"{estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f})"


def _random(own: Snips) -> str:
    few = "" if own.effective >= FEWEST else ", too few for a conclusion"
    return (
        f"{_figure(own.reward.times(100))} likes per 100 if drawn evenly,"
        f" by {own.effective:,.0f} effective places of {own.places:,}{few}"
    )
