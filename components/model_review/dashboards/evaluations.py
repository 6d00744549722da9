"""TFMA's output, read for the dashboards: metrics by model and slice, and the part that is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.view import util
from tensorflow_model_analysis.writers import eval_config_writer

from components.model_review.dashboards.dashboard import safe
from components.model_review.verdict import slice_columns

__all__ = ["COUNT", "OVERALL", "Measured", "Metrics", "Slice", "read_evaluation"]

COUNT = "example_count"
Metrics = dict[str, dict[str, Any]]
"""A metric's name to TFMA's value, such as {"doubleValue": 0.5}."""


@dataclass(frozen=True)
class Slice:
    """A slicing feature and a value of it; both are empty for all pairs."""

    key: str
    value: str

    @property
    def name(self) -> str:
        """As a page shows it."""
        return safe(f"{self.key}: {self.value}") if self.key else "all pairs"


OVERALL = Slice("", "")


@dataclass(frozen=True)
class Measured:
    """An evaluation.

    Attributes:
        candidate: metrics of the candidate by slice, all pairs first, then those with most pairs;
            with changes against the live model, if there is one, as `<metric>_diff`.
        live: metrics of the live model by slice; empty without one.
        plots: TFMA's plots by slice, in the same order, and by role: "candidate", "live".
    """

    candidate: dict[Slice, Metrics]
    live: dict[Slice, Metrics]
    plots: dict[Slice, dict[str, Any]]


def read_evaluation(folder: Path) -> Measured:
    """Reads what TFMA's Evaluator has written into the folder."""
    config, *_ = eval_config_writer.load_eval_run(str(folder))
    roles = {spec.name: "live" if spec.is_baseline else "candidate" for spec in config.model_specs}
    protos = list(tfma.load_metrics(str(folder)))
    found = {role: _metrics(protos, name) for name, role in roles.items()}
    order = _ordered(found["candidate"])
    plots = {_slice(one): _plots(one, roles) for one in tfma.load_plots(str(folder))}
    return Measured(
        candidate={one: found["candidate"][one] for one in order},
        live=found.get("live", {}),
        plots={one: plots[one] for one in order if one in plots},
    )


def _metrics(protos: Sequence[Any], model: str) -> dict[Slice, Metrics]:
    found = {}
    for proto in protos:
        converted = util.convert_metrics_proto_to_dict(proto, model)
        if converted:
            found[_slice(proto)] = dict(converted[1][""][""])
    return found


def _plots(proto: Any, roles: dict[str, str]) -> dict[str, Any]:
    return {roles[pair.key.model_name]: pair.value for pair in proto.plot_keys_and_values}


def _slice(proto: Any) -> Slice:
    return Slice(*slice_columns(proto.slice_key))


def _ordered(metrics: dict[Slice, Metrics]) -> list[Slice]:
    def place(one: Slice) -> tuple[bool, float, str]:
        return one != OVERALL, -float(metrics[one][COUNT]["doubleValue"]), one.name

    return sorted(metrics, key=place)
