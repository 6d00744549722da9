"""Reads a TFMA evaluation into plain figures: finite numbers or None, fit for JSON."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.writers import eval_config_writer

from components.evaluator import AUC_PR, PROTOCOL
from components.model_review.verdict import Verdict, read_verdict, slice_columns
from components.node.lineage import model_version

__all__ = ["Figures", "Measures", "ModelFigures", "read_figures"]

MOST_POINTS = 200


@dataclass(frozen=True)
class Measures:
    """One model over one slice; all pairs where key and value are empty.

    Attributes:
        key: the slicing feature's name.
        value: the slice's; from the data, never to be trusted as markup.
        pairs: how many were scored.
        prevalence: share of likes among them, 0 to 1: the AUC-PR of a random ranking.
        auc_pr: higher is better, 0 to 1; None without a like.
        interval: 95%, of AUC-PR; None where the run made none (EVAL_INTERVALS).
        roc_auc: higher is better, 0 to 1, 0.5 at random; None without a like or a negative.
        calibration: mean prediction over share of likes; 1 is right.
    """

    key: str
    value: str
    pairs: int
    prevalence: float | None
    auc_pr: float | None
    interval: tuple[float, float] | None
    roc_auc: float | None
    calibration: float | None


_NOTHING = Measures("", "", 0, None, None, None, None, None)


@dataclass(frozen=True)
class ModelFigures:
    """One model's figures.

    Attributes:
        version: as minted by the Trainer; None where its folder is gone.
        folder: its SavedModel.
        overall: over all pairs.
        slices: most pairs first.
        curve: (recall, precision), recall rising; at most 200 points.
    """

    version: str | None
    folder: str
    overall: Measures
    slices: list[Measures]
    curve: list[tuple[float, float]]


@dataclass(frozen=True)
class Figures:
    """All that the page shows.

    Attributes:
        version: the candidate's.
        protocol: of AUC-PR.
        verdict: of both gates.
        candidate: its figures on pairs.
        baseline: the model in service, None on a first run.
        ranking: what the RetrievalEvaluator wrote, its own protocol included.
        fit: the record of the fit (components/trainer/fitting/history.py).
        places: where things lie.
    """

    version: str
    protocol: str
    verdict: Verdict
    candidate: ModelFigures
    baseline: ModelFigures | None
    ranking: dict[str, Any]
    fit: dict[str, Any]
    places: dict[str, str]

    def plain(self) -> dict[str, Any]:
        """As dicts, lists, strings, numbers and None."""
        return dataclasses.asdict(self)


def read_figures(
    evaluation: Path,
    model: Path,
    ranking: dict[str, Any],
    fit: dict[str, Any],
    *,
    blessed: bool,
) -> Figures:
    """Reads what TFMA wrote into the folder `evaluation` about the SavedModel `model`.

    Args:
        evaluation: the Evaluator's output.
        model: the candidate's SavedModel.
        ranking: the RetrievalEvaluator's figures.
        fit: the record of the fit.
        blessed: the gates' word, which may be stricter than this evaluation's.
    """
    config, _, _, folders = eval_config_writer.load_eval_run(str(evaluation))
    names = {spec.is_baseline: spec.name for spec in config.model_specs}
    metrics = list(tfma.load_metrics(str(evaluation)))
    plots = list(tfma.load_plots(str(evaluation)))
    candidate = _model(names[False], model, metrics, plots)
    baseline = None
    if True in names:
        baseline = _model(names[True], Path(folders[names[True]]), metrics, plots)
    places = {"evaluation": str(evaluation), "model": str(model)}
    if baseline:
        places["model in service"] = baseline.folder
    verdict = read_verdict(evaluation, config, metrics, ranking, blessed=blessed)
    version = model_version(model)
    return Figures(version, PROTOCOL, verdict, candidate, baseline, ranking, fit, places)


def _model(name: str, folder: Path, metrics: list[Any], plots: list[Any]) -> ModelFigures:
    slices = [_measures(name, metrics_of_slice) for metrics_of_slice in metrics]
    overall = next((s for s in slices if not s.key), _NOTHING)
    ranked = sorted((s for s in slices if s.key), key=lambda s: (-s.pairs, s.key, s.value))
    return ModelFigures(_version(folder), str(folder), overall, ranked, _curve(name, plots))


def _version(folder: Path) -> str | None:
    try:
        return model_version(folder)
    except OSError:
        return None


def _measures(name: str, metrics: Any) -> Measures:
    pairs = [
        pair
        for pair in metrics.metric_keys_and_values
        if pair.key.model_name == name
        and not pair.key.is_diff
        and pair.value.HasField("double_value")
    ]
    found = {pair.key.name: _finite(pair.value.double_value.value) for pair in pairs}
    bounds = {pair.key.name: _bounds(pair) for pair in pairs}
    prevalence = found.get("mean_label")
    return Measures(
        *slice_columns(metrics.slice_key),
        pairs=int(found.get("example_count") or 0),
        prevalence=prevalence,
        auc_pr=found.get(AUC_PR) if prevalence else None,  # TFMA gives 0 where it is undefined
        interval=bounds.get(AUC_PR) if prevalence else None,
        roc_auc=found.get("auc") if prevalence and prevalence < 1 else None,
        calibration=found.get("calibration"),
    )


def _bounds(pair: Any) -> tuple[float, float] | None:
    """A t-interval may reach beyond what the figure can be."""
    if not pair.HasField("confidence_interval"):
        return None
    interval = pair.confidence_interval
    low, high = (b.double_value.value for b in (interval.lower_bound, interval.upper_bound))
    return (max(low, 0.0), min(high, 1.0)) if math.isfinite(low + high) else None


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _curve(name: str, plots: list[Any]) -> list[tuple[float, float]]:
    """The overall curve; thresholds that let nothing through have no precision."""
    matrices = [
        matrix
        for plot in plots
        if not plot.slice_key.single_slice_keys
        for pair in plot.plot_keys_and_values
        if pair.key.model_name == name
        for matrix in pair.value.confusion_matrix_at_thresholds.matrices
        if matrix.true_positives + matrix.false_positives > 0
    ]
    return _thinned(_distinct((m.recall, m.precision) for m in reversed(matrices)))


def _distinct(points: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    return [p for p in dict.fromkeys(points) if all(math.isfinite(number) for number in p)]


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Evenly chosen, both ends included."""
    last, most = len(points) - 1, MOST_POINTS - 1
    if last <= most:
        return points
    return [points[round(i * last / most)] for i in range(MOST_POINTS)]
