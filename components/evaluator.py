"""The first gate: AUC-PR in TFMA, compared with a random ranking's and the live model's.

A random ranking's AUC-PR is the share of likes in the pairs, here `mean_label`: 1/3 at 1:2. It
depends on the data, because some users have too few negatives, and so does the floor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tensorflow_model_analysis.proto import config_pb2 as tfma
from tfx.components.evaluator import component

from schema.example_columns import LABEL, SLICES
from schema.signatures import PREDICTION, SCORE

__all__ = ["AUC_PR", "AUC_PR_LIFT", "PROTOCOL", "Evaluator", "Gate", "eval_config"]

AUC_PR = "auc_pr"
AUC_PR_LIFT = "auc_pr_lift"
THRESHOLDS = '"num_thresholds": 1000'
"""Number of thresholds; equal for all curves, so that TFMA computes one histogram for them."""
BUCKETS = '"num_buckets": 100'
"""Buckets of a prediction in the calibration plot, from 0 to 1; out of the same histogram."""
PROTOCOL = (
    "AUC-PR: eval window (newest decisions, after train and valid), each user's likes with"
    " NEGATIVE_RATIO negatives for one, explicit nopes first, then undecided released videos drawn"
    " by popularity^NEGATIVE_ALPHA; features as of strictly before each decision; random = share of"
    " likes"
)


@dataclass(frozen=True)
class Gate:
    """Requirement on the candidate model's AUC-PR; higher is better.

    Attributes:
        floor: smallest multiple of a random ranking's AUC-PR over all pairs.
        tolerance: largest allowed shortfall against the live model, for noise.
        intervals: whether every figure gets its 95% interval (jackknife over 20 parts of the
            pairs). Intervals take three times as long as the figures, and more memory.
    """

    floor: float = 1.08
    tolerance: float = 0.01
    intervals: bool = False


class Evaluator(component.Evaluator):
    """TFX's Evaluator, with a hash for the cache key: its config has only our metric's path.

    Args:
        code: hash of the sources that determine the result, for the cache key.
        given: arguments of TFX's Evaluator.
    """

    def __init__(self, code: str, **given: Any) -> None:
        super().__init__(**given)
        self.exec_properties["code"] = code


def eval_config(gate: Gate) -> tfma.EvalConfig:
    """Metrics and slices of the review; thresholds apply to the AUC-PR of all pairs alone."""
    spec = {"signature_name": SCORE, "label_key": LABEL.name, "prediction_key": PREDICTION}
    slices = [tfma.SlicingSpec(feature_keys=[row.name]) for row in SLICES]
    options = tfma.Options()
    options.compute_confidence_intervals.value = gate.intervals
    options.confidence_intervals.method = tfma.ConfidenceIntervalOptions.JACKKNIFE
    return tfma.EvalConfig(
        options=options,
        model_specs=[
            tfma.ModelSpec(name="candidate", **spec),
            tfma.ModelSpec(name="baseline", is_baseline=True, **spec),
        ],
        slicing_specs=[tfma.SlicingSpec(), *slices],
        metrics_specs=[
            tfma.MetricsSpec(metrics=[_above_a_coin(gate), _beside_the_live(gate), *_others()])
        ],
    )


def _others() -> list[tfma.MetricConfig]:
    plain = ("MeanLabel", "Calibration", "ExampleCount")
    given = {"AUC": THRESHOLDS, "ConfusionMatrixPlot": THRESHOLDS, "CalibrationPlot": BUCKETS}
    return [
        *(tfma.MetricConfig(class_name=name) for name in plain),
        *(tfma.MetricConfig(class_name=name, config=f"{{{how}}}") for name, how in given.items()),
    ]


def _above_a_coin(gate: Gate) -> tfma.MetricConfig:
    threshold = tfma.MetricThreshold(
        value_threshold=tfma.GenericValueThreshold(lower_bound={"value": gate.floor})
    )
    return tfma.MetricConfig(
        class_name="AucPrLift",
        module="components.auc_pr_lift",
        config=f'{{"name": "{AUC_PR_LIFT}", {THRESHOLDS}}}',
        per_slice_thresholds=[_overall(threshold)],
    )


def _beside_the_live(gate: Gate) -> tfma.MetricConfig:
    threshold = tfma.MetricThreshold(
        change_threshold=tfma.GenericChangeThreshold(
            direction=tfma.MetricDirection.HIGHER_IS_BETTER, absolute={"value": -gate.tolerance}
        )
    )
    return tfma.MetricConfig(
        class_name="AUC",
        config=f'{{"name": "{AUC_PR}", "curve": "PR", {THRESHOLDS}}}',
        per_slice_thresholds=[_overall(threshold)],
    )


def _overall(threshold: tfma.MetricThreshold) -> tfma.PerSliceMetricThreshold:
    """The threshold for the slice of all pairs; a plain threshold would apply to every slice."""
    return tfma.PerSliceMetricThreshold(slicing_specs=[tfma.SlicingSpec()], threshold=threshold)
