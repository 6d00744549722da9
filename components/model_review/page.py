"""Draws the figures as one HTML page that needs no network, script or other file.

It imports neither TFX nor TensorFlow, so that `python -m components.model_review.page
var/review.html` redraws the page from the JSON beside it at once.
"""

from __future__ import annotations

import json
import sys
import uuid
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from components.model_review.curves import training_curves
from components.model_review.sentences import sentences
from schema.documents.review import Measures, ModelFigures, Review
from schema.example_columns import SLICES

__all__ = ["redraw", "render", "write_review"]

WIDTH, HEIGHT = 400, 280
"""Of the plot's inner area; the bars' unit is 100."""


def render(review: Review) -> str:
    """The page."""
    drawing = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    drawing.filters |= {
        "places": _places, "signed": _signed, "percent": _percent, "polyline": _polyline,
    }  # fmt: skip
    return drawing.get_template("review.html").render(
        dict(review),
        findings=sentences(review),
        curves=training_curves(review.fit, review.release),
        groups=_groups(review.candidate.slices),
        live=_by_slice(review.baseline),
        trained=_moment(review.version),
        width=WIDTH,
        height=HEIGHT,
    )


def write_review(page: Path, review: Review) -> None:
    """Writes the page, and the figures beside it as JSON; a reader sees all of a file or none."""
    page.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(review.plain(), indent=1, ensure_ascii=False, allow_nan=False)
    _replace(page.with_suffix(".json"), text + "\n")
    _replace(page, render(review))


def redraw(page: Path) -> None:
    """Redraws the page from the JSON beside it."""
    _replace(page, render(Review.read(page.with_suffix(".json"))))


def _replace(file: Path, text: str) -> None:
    staging = file.with_name(f".{file.name}-{uuid.uuid4().hex}")
    try:
        staging.write_text(text, encoding="utf-8")
        staging.replace(file)
    finally:
        staging.unlink(missing_ok=True)


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


def _moment(version: str) -> str:
    """A version is the second of training, since 1970."""
    if not version.isdecimal():
        return ""
    return datetime.fromtimestamp(int(version), UTC).strftime("%Y-%m-%d %H:%M UTC")


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
