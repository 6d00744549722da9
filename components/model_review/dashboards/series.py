"""Time series of the candidate's figures over the versions whose pages are kept."""

from __future__ import annotations

from datetime import UTC, datetime

from components.model_review.dashboards.dashboard import Choice, Dashboard, View, within
from schema.documents.evaluation import Evaluation

__all__ = ["time_series"]

ABOUT = (
    "Each candidate on its own eval window, whether it was released or not, the newest first in the"
    " table."
)
OTHER = "another window"


def time_series(own: Evaluation, others: list[Evaluation]) -> Dashboard:
    """The dashboard: all versions by slice, and which of them had another eval window."""
    series = [own, *(one for one in others if one.version != own.version)]
    choices, notes = within(
        Choice(name, [View("tfma-nb-time-series", "", runs, {"isModelCentric": True})])
        for name in own.metrics
        if (runs := [_run(one, name, own) for one in series if name in one.metrics])
    )
    return Dashboard("series", "Time series", ABOUT, "Slice", choices, _notes(own, series) + notes)


def _run(one: Evaluation, name: str, own: Evaluation) -> dict[str, object]:
    """TFMA sorts by what identifies a model, as text, and spaces the points evenly."""
    begin, end = (moment[:10] for moment in one.window)
    mark = "" if one.window == own.window else f" ({OTHER})"
    return {
        "metrics": {"": {"": one.metrics[name]}},
        "config": {
            "modelIdentifier": f"{one.version}, {_moment(one.version)}",
            "dataIdentifier": f"{begin} to {end}{mark}",
        },
    }


def _moment(version: str) -> str:
    return datetime.fromtimestamp(int(version), UTC).strftime("%Y-%m-%d %H:%M")


def _notes(own: Evaluation, series: list[Evaluation]) -> list[str]:
    other = [one.version for one in series if one.window != own.window]
    if len(series) == 1:
        return ["There is no earlier evaluation to compare with."]
    if not other:
        return [f"All {len(series)} versions were measured on the same eval window."]
    named = ", ".join(sorted(other))
    note = (
        f"Measured on another eval window than {own.version}: {named}. Their figures do not compare"
        f" with those of {own.version}: the pairs, and how hard they are, differ."
    )
    return [note]
