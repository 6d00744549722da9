"""Slicing metrics: for each slicing feature, the candidate's figures beside the live model's."""

from __future__ import annotations

from typing import Any

from components.model_review.dashboards.dashboard import Choice, Dashboard, View, safe
from components.model_review.dashboards.evaluations import (
    COUNT,
    OVERALL,
    Measured,
    Metrics,
    Slice,
)
from schema.example_columns import SLICES

__all__ = ["slicing_metrics"]

ABOUT = (
    "Each figure of the candidate by slice. “(live)” is the live model on the same pairs, “_diff”"
    " the candidate less the live model. Intervals are there where EVAL_INTERVALS has made them."
    " A click on a heading sorts."
)
OF_THE_PAIRS = frozenset({COUNT, "mean_label"})
"""Metrics that no model changes, so that one column has them."""


def slicing_metrics(measured: Measured) -> Dashboard:
    """The dashboard; all pairs stand in every table, to compare with."""
    about = {row.name: row.about for row in SLICES}
    keys = [key for key in about if any(one.key == key for one in measured.candidate)]
    choices = [Choice(about[key], [_view(measured, key)]) for key in keys]
    return Dashboard(
        name="slices", title="Slicing metrics", about=ABOUT, label="Slices by",
        choices=choices or [Choice(OVERALL.name, [_view(measured, "")])],
    )  # fmt: skip


def _view(measured: Measured, key: str) -> View:
    rows = [
        {"slice": safe(one.value) or OVERALL.name, "metrics": {"": {"": _beside(measured, one)}}}
        for one in measured.candidate
        if one.key == key or one == OVERALL
    ]
    return View("tfma-nb-slicing-metrics", "", rows, {"weightedExamplesColumn": COUNT})


def _beside(measured: Measured, one: Slice) -> Metrics:
    """The candidate's metrics, and the live model's under names that sort beside them."""
    live: dict[str, Any] = {
        f"{name} (live)": value
        for name, value in measured.live.get(one, {}).items()
        if name not in OF_THE_PAIRS
    }
    own = {
        name: value
        for name, value in measured.candidate[one].items()
        if name.removesuffix("_diff") == name or name.removesuffix("_diff") not in OF_THE_PAIRS
    }
    return own | live
