"""A chart of the soak: latency by second, the share of lower rungs, and what happened."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from benchmarks.serving.outages import Event
from benchmarks.serving.replies import Kept

__all__ = ["plot"]

WIDTH, HEIGHT, LEFT, TOP = 900, 260, 50, 70
LEAST_MS, MOST_MS = 4.0, 2000.0


def plot(kept: Sequence[Kept], events: Sequence[tuple[float, float, Event]], title: str) -> str:
    """An SVG; latency is logarithmic, each line is a percentile over the requests of a second."""
    seconds = int(max(one.at_s for one in kept)) + 1
    by_second: list[list[Kept]] = [[] for _ in range(seconds)]
    for one in kept:
        by_second[int(one.at_s)].append(one)
    lower = "".join(_bar(second, of, seconds) for second, of in enumerate(by_second))
    lines = "".join(
        _line([_percentile(of, share) for of in by_second], colour)
        for share, colour in ((50, "#2563c9"), (99, "#d9822b"))
    )
    marks = "".join(_mark(at, event, seconds) for at, _, event in events)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 10}'
        f' {TOP + HEIGHT + 40}" font-family="sans-serif" font-size="11" fill="#7a8594">'
        f"<title>{escape(title)}</title>{_axes(seconds)}{lower}{lines}{marks}"
        f'<text x="{LEFT}" y="14" font-size="13">{escape(title)}: milliseconds, p50 blue, p99'
        " orange; grey: share of answers of lower rungs</text></svg>\n"
    )


def _percentile(of: Sequence[Kept], share: float) -> float:
    return float(np.percentile([one.ms for one in of] or [LEAST_MS], share))


def _x(second: float, seconds: int) -> float:
    return LEFT + WIDTH * second / seconds


def _y(ms: float) -> float:
    share = np.log(min(max(ms, LEAST_MS), MOST_MS) / LEAST_MS) / np.log(MOST_MS / LEAST_MS)
    return float(TOP + HEIGHT * (1 - share))


def _axes(seconds: int) -> str:
    rows = "".join(
        f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{_y(ms):.0f}" y2="{_y(ms):.0f}"'
        f' stroke="#8884"/><text x="{LEFT - 6}" y="{_y(ms) + 4:.0f}" text-anchor="end">{ms}</text>'
        for ms in (5, 10, 20, 40, 100, 200, 500, 1000)
    )
    return rows + "".join(
        f'<text x="{_x(at, seconds):.0f}" y="{TOP + HEIGHT + 18}" text-anchor="middle">'
        f"{at // 60} min</text>"
        for at in range(0, seconds, 60)
    )


def _bar(second: int, of: Sequence[Kept], seconds: int) -> str:
    share = sum(one.rung != "fresh" for one in of) / max(len(of), 1)
    if not share:
        return ""
    high = HEIGHT * share
    return (
        f'<rect x="{_x(second, seconds):.1f}" y="{TOP + HEIGHT - high:.1f}" fill="#8886"'
        f' width="{WIDTH / seconds:.2f}" height="{high:.1f}"/>'
    )


def _line(values: Sequence[float], colour: str) -> str:
    points = " ".join(f"{_x(at, len(values)):.1f},{_y(ms):.1f}" for at, ms in enumerate(values))
    return f'<polyline points="{points}" fill="none" stroke="{colour}"/>'


def _mark(at: float, event: Event, seconds: int) -> str:
    colour, x = "#c0392b" if event.fault else "#3a9d5d", _x(at, seconds)
    label = TOP - 8 if event.fault else TOP - 24
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{label + 2}" y2="{TOP + HEIGHT}" stroke="{colour}"'
        f' stroke-dasharray="3 3"/><text x="{x:.1f}" y="{label}" fill="{colour}"'
        f' text-anchor="middle">{escape(event.what)}</text>'
    )
