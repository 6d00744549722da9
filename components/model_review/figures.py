"""Reads a TFMA evaluation into plain figures: finite numbers or None, fit for JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.writers import eval_config_writer

from components.evaluator import AUC_PR, PROTOCOL
from components.model_review.thinned import thinned
from components.model_review.verdict import read_verdict, slice_columns
from components.node.lineage import model_version
from schema.documents.data import DataFigures
from schema.documents.fit import FitRecord
from schema.documents.outcome import ReleaseOutcome
from schema.documents.ranking import RankingFigures
from schema.documents.release import ReleaseRecord
from schema.documents.review import Measures, ModelFigures, Review

__all__ = ["read_figures"]

MOST_POINTS = 200


_NOTHING = Measures(
    key="", value="", pairs=0,
    prevalence=None, auc_pr=None, interval=None, roc_auc=None, calibration=None,
)  # fmt: skip


def read_figures(
    evaluation: Path,
    model: Path,
    ranking: RankingFigures,
    fit: FitRecord,
    *,
    blessed: bool,
    release: ReleaseRecord | None = None,
    outcome: ReleaseOutcome | None = None,
    data: DataFigures | None = None,
) -> Review:
    """Reads what TFMA wrote into the folder `evaluation` about the SavedModel `model`.

    Args:
        evaluation: the Evaluator's output.
        model: the candidate's SavedModel.
        ranking: the RetrievalEvaluator's figures.
        fit: the record of the fit.
        blessed: decision of both gates, which may be stricter than this evaluation's.
        release: the record of the release fit.
        outcome: what the release came to.
        data: the data's figures.
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
        places["live model"] = baseline.folder
    return Review(
        version=model_version(model),
        protocol=PROTOCOL,
        verdict=read_verdict(evaluation, config, metrics, ranking, blessed=blessed),
        candidate=candidate,
        baseline=baseline,
        ranking=ranking,
        fit=fit,
        release=release,
        outcome=outcome,
        data=data,
        places=places,
    )


def _model(name: str, folder: Path, metrics: list[Any], plots: list[Any]) -> ModelFigures:
    slices = [_measures(name, metrics_of_slice) for metrics_of_slice in metrics]
    overall = next((s for s in slices if not s.key), _NOTHING)
    ranked = sorted((s for s in slices if s.key), key=lambda s: (-s.pairs, s.key, s.value))
    return ModelFigures(
        version=_version(folder),
        folder=str(folder),
        overall=overall,
        slices=ranked,
        curve=_curve(name, plots),
    )


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
    key, value = slice_columns(metrics.slice_key)
    return Measures(
        key=key,
        value=value,
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
    return thinned(_distinct((m.recall, m.precision) for m in reversed(matrices)), MOST_POINTS)


def _distinct(points: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    return [p for p in dict.fromkeys(points) if all(math.isfinite(number) for number in p)]
