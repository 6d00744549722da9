"""Plots by slice: calibration, precision and recall, ROC, gain, and confusion at thresholds."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from components.model_review.dashboards.dashboard import Choice, Dashboard, View, within
from components.model_review.dashboards.evaluations import Measured, Slice
from components.model_review.thinned import thinned

__all__ = ["plots"]

ABOUT = (
    "Calibration, residuals, distribution of predictions, precision and recall, ROC, accuracy at"
    " thresholds and gain; below, counts at nine thresholds. A point shows its figures."
)
POINTS = 80
"""Most thresholds of a drawn curve, out of 1000."""
THRESHOLDS = [round(0.1 * tenth, 1) for tenth in range(1, 10)]
"""Of the counts below the curves."""
METRIC_KEYS = {
    "calibrationPlot": {"metricName": "calibrationHistogramBuckets", "dataSeries": "buckets"},
    "confusionMatrixPlot": {"metricName": "confusionMatrixAtThresholds", "dataSeries": "matrices"},
}
_MATRIX = {
    "threshold": "threshold", "falseNegatives": "false_negatives",
    "trueNegatives": "true_negatives", "falsePositives": "false_positives",
    "truePositives": "true_positives", "precision": "precision", "recall": "recall",
}  # fmt: skip
_BUCKET = {
    "numWeightedExamples": "num_weighted_examples", "totalWeightedLabel": "total_weighted_label",
    "totalWeightedRefinedPrediction": "total_weighted_refined_prediction",
}  # fmt: skip


def plots(measured: Measured, versions: dict[str, str]) -> Dashboard:
    """The dashboard; `versions` has the version of each role."""

    def of_slice(one: Slice, plot_of: dict[str, Any]) -> Choice:
        of_roles = (_views(one, plot_of[role], role, versions[role]) for role in versions)
        return Choice(one.name, [view for views in of_roles for view in views])

    choices, notes = within(of_slice(*found) for found in measured.plots.items())
    return Dashboard("plots", "Plots", ABOUT, "Slice", choices, notes)


def _views(one: Slice, plot: Any, role: str, version: str) -> list[View]:
    matrices = plot.confusion_matrix_at_thresholds.matrices
    data = {
        "calibrationHistogramBuckets": {"buckets": _buckets(plot)},
        "confusionMatrixAtThresholds": {"matrices": _curve(matrices)},
    }
    config = {"sliceName": one.name, "metricKeys": METRIC_KEYS}
    return [
        View("tfma-nb-plot", f"{role.capitalize()}, version {version}", data, config),
        *(_counts(matrices, THRESHOLDS[at : at + 3]) for at in (0, 3, 6)),
    ]


def _buckets(plot: Any) -> dict[str, Any]:
    """TFMA's first and last bucket have no end."""
    rows = [
        [
            _bound(bucket.lower_threshold_inclusive),
            _bound(bucket.upper_threshold_exclusive),
            *(round(getattr(bucket, name).value, 3) for name in _BUCKET.values()),
        ]
        for bucket in plot.calibration_histogram_buckets.buckets
    ]
    columns = ["lowerThresholdInclusive", "upperThresholdExclusive", *_BUCKET]
    return {"columns": columns, "rows": rows}


def _bound(threshold: float) -> float | str:
    if math.isinf(threshold):
        return "Infinity" if threshold > 0 else "-Infinity"
    return round(threshold, 4)


def _curve(matrices: Sequence[Any]) -> dict[str, Any]:
    """Where something lies above the threshold: elsewhere there is no precision."""
    distinct = {(m.true_positives, m.false_positives): m for m in matrices}
    drawn = [m for m in distinct.values() if m.true_positives + m.false_positives > 0]
    return {"columns": list(_MATRIX), "rows": [_numbers(m) for m in thinned(drawn, POINTS)]}


def _counts(matrices: Sequence[Any], thresholds: list[float]) -> View:
    """TFMA's element shows three thresholds, and of more the first three."""
    found = {round(m.threshold, 4): m for m in matrices}
    rows = [
        dict(zip(_MATRIX, _numbers(found[threshold]), strict=True))
        for threshold in thresholds
        if threshold in found
    ]
    return View("tfma-confusion-matrix-at-thresholds", "", json.dumps({"matrices": rows}), {})


def _numbers(matrix: Any) -> list[float]:
    found = [getattr(matrix, name) for name in _MATRIX.values()]
    return [round(number, 4) if math.isfinite(number) else 0.0 for number in found]
