"""The figures of both arms and their difference, by user."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from releases.experiments.estimates import Estimate, by_user, difference, ratio
from releases.experiments.reading import GROUPS, Rows
from schema.arrays import Float64

__all__ = ["LIKES", "METRICS", "Line", "Metric", "by_group", "line", "preference"]


class Metric(NamedTuple):
    """A ratio of sums.

    Attributes:
        name: as the report shows it.
        over: field of the sum above.
        under: field of the sum below.
        unit: of the figure.
        factor: from the ratio to the unit.
    """

    name: str
    over: str
    under: str
    unit: str
    factor: float


LIKES = Metric("likes", "likes", "videos", "per 100 videos", 100)
METRICS = (
    LIKES,
    Metric("nopes", "nopes", "videos", "per 100 videos", 100),
    Metric("click-through", "clicks", "places", "per 100 places", 100),
    Metric("dwell", "dwell_s", "places", "s per place", 1),
)


class Line(NamedTuple):
    """A figure of both arms; `difference` is candidate less control."""

    name: str
    unit: str
    control: Estimate
    candidate: Estimate
    difference: Estimate


def line(metric: Metric, outcomes: Rows, name: str = "") -> Line:
    """The figure of each arm, users weighted so that a changed share does not bias it."""
    control, candidate = (
        ratio(*_of_users(metric, outcomes[outcomes["is_candidate"] == arm])).times(metric.factor)
        for arm in (False, True)
    )
    gained = difference(candidate, control)
    return Line(name or metric.name, metric.unit, control, candidate, gained)


def by_group(outcomes: Rows) -> Iterator[Line]:
    """Likes and nopes by number of decisions before the video was shown."""
    for place, group in enumerate(GROUPS):
        own = outcomes[outcomes["of_group"] == place]
        for metric in METRICS[:2]:
            yield line(metric, own, f"{metric.name}, {group}")


def preference(metric: Metric, outcomes: Rows) -> Line:
    """Of an interleaved experiment: each list's part of what was credited to either."""
    likes = outcomes[metric.over]
    credited = by_user(outcomes["number"], likes * outcomes["is_candidate"])
    both = by_user(outcomes["number"], likes)
    candidate = ratio(credited[both > 0], both[both > 0]).times(100)
    control = candidate.times(-1)._replace(value=100 - candidate.value)
    gained = candidate.times(2)._replace(value=candidate.value - control.value)
    return Line(metric.name, "% of the credited", control, candidate, gained)


def _of_users(metric: Metric, own: Rows) -> tuple[Float64, Float64]:
    over, under = (
        by_user(own["number"], own[field] * own["weight"]) for field in (metric.over, metric.under)
    )
    return over, under
