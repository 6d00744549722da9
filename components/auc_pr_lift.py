"""TFMA's AUC-PR over that of a random ranking, which is the share of likes among the pairs."""

from __future__ import annotations

from typing import Any

from tensorflow_model_analysis.metrics import confusion_matrix_metrics

__all__ = ["AucPrLift"]


class AucPrLift(confusion_matrix_metrics.AUC):
    """Multiple of a random ranking's AUC-PR; higher is better.

    1 is a random ranking, 1 over the share of likes a perfect one; NaN without a like.

    Args:
        num_thresholds: of the curve.
        name: of the metric.
    """

    def __init__(self, num_thresholds: int, name: str) -> None:
        super().__init__(num_thresholds=num_thresholds, curve="PR", name=name)

    def _metric_value(self, *, matrices: Any, **how: Any) -> float:
        """TFMA calls this with the counts at each threshold; they add up to all pairs at any."""
        likes = matrices.tp[0] + matrices.fn[0]
        pairs = likes + matrices.fp[0] + matrices.tn[0]
        area = super()._metric_value(matrices=matrices, **how)
        return float(area * pairs / likes) if likes else float("nan")
