"""Draws the figures as one HTML page that needs no network, script or other file.

It imports neither TFX nor TensorFlow, so that `python -m components.model_review.page
var/review.html` redraws the page from the JSON beside it at once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from itertools import groupby
from pathlib import Path

from components.model_review.curves import training_curves
from components.model_review.drawing import moment, template
from components.model_review.reviews import links_of, replace
from components.model_review.sentences import sentences
from schema.documents.review import Measures, ModelFigures, Review
from schema.example_columns import SLICES

__all__ = ["redraw", "render", "write_review"]

WIDTH, HEIGHT = 400, 280
"""Of the plot's inner area; the bars' unit is 100."""


def render(review: Review, links: Mapping[str, str] | None = None) -> str:
    """The page, with links to other pages: address to title."""
    filters: dict[str, Callable[..., str]] = {
        "places": _places, "signed": _signed, "percent": _percent, "polyline": _polyline,
    }  # fmt: skip
    return template("review.html", filters).render(
        dict(review),
        findings=sentences(review),
        curves=training_curves(review.fit, review.release),
        groups=_groups(review.candidate.slices),
        live=_by_slice(review.baseline),
        trained=moment(review.version),
        links=links or {},
        width=WIDTH,
        height=HEIGHT,
    )


def write_review(page: Path, review: Review) -> None:
    """Writes the page, and the figures beside it as JSON; a reader sees all of a file or none."""
    text = json.dumps(review.plain(), indent=1, ensure_ascii=False, allow_nan=False)
    replace(page.with_suffix(".json"), text + "\n")
    replace(page, render(review, links_of(page, review.version)))


def redraw(page: Path) -> None:
    """Redraws the page from the JSON beside it."""
    review = Review.read(page.with_suffix(".json"))
    replace(page, render(review, links_of(page, review.version)))


def _groups(slices: list[Measures]) -> list[tuple[str, list[Measures]]]:
    """Each slicing feature's description and its slices, in order; the table's features first."""
    about = {row.name: row.about for row in SLICES}
    order = {name: place for place, name in enumerate(about)}
    ranked = sorted(slices, key=lambda s: (order.get(s.key, len(order)), s.key))
    groups = groupby(ranked, lambda s: s.key)
    return [(about.get(key, key), list(of_key)) for key, of_key in groups]


def _by_slice(model: ModelFigures | None) -> dict[tuple[str, str], float | None]:
    """AUC-PR of the live model, by slicing feature and value."""
    slices = model.slices if model else []
    return {(s.key, s.value): s.auc_pr for s in slices}


def _places(number: float | None, digits: int = 3) -> str:
    return "n/a" if number is None else f"{number:.{digits}f}"


def _signed(number: float | None, other: float | None) -> str:
    return "" if number is None or other is None else f"{number - other:+.3f}"


def _percent(share: float | None) -> str:
    return "n/a" if share is None else f"{share:.1%}"


def _polyline(curve: list[tuple[float, float]]) -> str:
    """Points of an SVG polyline, (recall, precision) from the lower left."""
    return " ".join(f"{x * WIDTH:.1f},{(1 - y) * HEIGHT:.1f}" for x, y in curve)


if __name__ == "__main__":
    redraw(Path(sys.argv[1]))
