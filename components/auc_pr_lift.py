"""TFMA metric: AUC-PR over that of a random ranking, which is the share of likes in the pairs."""

from __future__ import annotations

from typing import Any

from tensorflow_model_analysis.metrics import confusion_matrix_metrics

__all__ = ["AucPrLift"]


class AucPrLift(confusion_matrix_metrics.AUC):
    """Multiple of a random ranking's AUC-PR; higher is better.

    A random ranking has 1, a perfect one 1 over the share of likes; NaN without a like.

    Args:
        num_thresholds: number of thresholds of the curve.
        name: name of the metric.
    """

    def __init__(self, num_thresholds: int, name: str) -> None:
        super().__init__(num_thresholds=num_thresholds, curve="PR", name=name)

    def _metric_value(self, *, matrices: Any, **how: Any) -> float:
        """Called by TFMA with the counts at each threshold, which add up to all pairs."""
        likes = matrices.tp[0] + matrices.fn[0]
        pairs = likes + matrices.fp[0] + matrices.tn[0]
        area = super()._metric_value(matrices=matrices, **how)
        return float(area * pairs / likes) if likes else float("nan")
