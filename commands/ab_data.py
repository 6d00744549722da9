"""The report of an experiment as data, for `two-tower ab report --json`; docs/commands.md."""

from __future__ import annotations

from typing import Any

from releases.experiments.estimates import Estimate
from releases.experiments.metrics import Line
from releases.experiments.report import Report

__all__ = ["report_data"]


def report_data(found: Report) -> dict[str, Any]:
    """Plain values; an estimate has its 95 % interval, and null where there is none."""
    own = found.experiment
    return {
        "experiment": own.name,
        "kind": own.kind,
        "control": own.control,
        "candidate": own.candidate,
        "share": float(own.share),
        "started_at": own.started_at,
        "stopped_at": own.stopped_at,
        "verdict": found.verdict,
        "findable": found.findable,
        "sample": {**found.sample._asdict(), "problem": found.sample.problem},
        "figures": [_line(line) for line in found.lines],
        "by_decisions": [_line(line) for line in found.by_decisions],
        "random_places": {
            arm: {
                "reward": _estimate(snips.reward), "effective": snips.effective,
                "places": snips.places,
            }
            for arm, snips in found.random_places.items()
        },
        "rungs": [rung._asdict() for rung in found.rungs],
    }  # fmt: skip


def _line(line: Line) -> dict[str, Any]:
    arms = {"control": line.control, "candidate": line.candidate, "difference": line.difference}
    return {
        "name": line.name,
        "unit": line.unit,
        **{name: _estimate(estimate) for name, estimate in arms.items()},
    }


def _estimate(estimate: Estimate) -> dict[str, float]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}
