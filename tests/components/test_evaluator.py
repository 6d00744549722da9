"""Thresholds of the first gate, and the slices that they apply to."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

pytestmark = pytest.mark.tfx


def _config() -> Any:
    from components.evaluator import Gate, eval_config

    return eval_config(Gate(floor=1.5, tolerance=0.02))


def _gated() -> dict[str, tuple[Any, Any]]:
    """The metrics that have thresholds by their class, each with its only one."""
    (spec,) = _config().metrics_specs
    thresholds = ("threshold", "per_slice_thresholds", "cross_slice_thresholds")
    assert not [field.name for field, _ in spec.ListFields() if field.name in thresholds]
    found = {}
    for metric in spec.metrics:
        for field, value in metric.ListFields():
            if field.name in thresholds:
                assert field.name == "per_slice_thresholds"
                (only,) = value
                found[metric.class_name] = (metric, only)
    return found


def test_the_thresholds_are_on_the_auc_pr_of_all_pairs() -> None:
    """`threshold` itself would hold every slice to it, and a rare slice would block a release."""
    gated = _gated()
    assert set(gated) == {"AUC", "AucPrLift"}
    assert '"curve": "PR"' in gated["AUC"][0].config
    for _, threshold in gated.values():
        (overall,) = threshold.slicing_specs
        assert overall.ByteSize() == 0  # neither a feature nor a value: everything


def test_the_floor_and_the_allowed_loss_are_the_gate_s() -> None:
    """Higher is better, so -0.02 allows 0.02 less than the live model has."""
    floor, change = (_gated()[name][1].threshold for name in ("AucPrLift", "AUC"))
    assert floor.value_threshold.lower_bound.value == 1.5
    assert not floor.value_threshold.HasField("upper_bound")
    assert not floor.HasField("change_threshold")
    assert change.change_threshold.absolute.value == -0.02
    assert change.change_threshold.direction == 2  # HIGHER_IS_BETTER
    assert not change.HasField("value_threshold")


@pytest.mark.parametrize(
    ("true_positives", "false_positives", "likes", "others", "lift"),
    [
        ([2, 2, 0], [6, 0, 0], 2, 6, 4.0),  # perfect: AUC-PR 1 at 1/4
        ([4, 4, 0], [4, 4, 0], 4, 4, 1.0),  # all alike: AUC-PR 1/2 at 1/2
        ([1, 1, 0], [9, 9, 0], 1, 9, 1.0),  # all alike: AUC-PR 1/10 at 1/10
    ],
)
def test_a_lift_is_auc_pr_over_the_share_of_likes(
    true_positives: list[float], false_positives: list[float], likes: int, others: int, lift: float
) -> None:
    """Counts of what lies above thresholds of 0, 0.5 and 1."""
    import numpy as np

    from components.auc_pr_lift import AucPrLift

    tp, fp = np.array(true_positives, float), np.array(false_positives, float)
    matrices = SimpleNamespace(thresholds=[0, 0.5, 1], tp=tp, fp=fp, fn=likes - tp, tn=others - fp)
    how = {"curve": "PR", "summation_method": "interpolation", "key": None}
    with np.errstate(all="ignore"):
        got = AucPrLift(3, "lift")._metric_value(matrices=matrices, **how)
    assert got == pytest.approx(lift)


def test_both_models_are_asked_for_the_same_prediction_of_the_same_label() -> None:
    candidate, baseline = _config().model_specs
    assert (candidate.is_baseline, baseline.is_baseline) == (False, True)
    for spec in (candidate, baseline):
        names = (spec.signature_name, spec.label_key, spec.prediction_key)
        assert names == ("score", "label", "prediction")


def test_the_review_slices_by_genre_and_by_newness() -> None:
    slices = [list(spec.feature_keys) for spec in _config().slicing_specs]
    assert slices == [[], ["genre_slice"], ["user_slice"], ["activity_slice"]]


def test_tfma_s_plots_have_the_thresholds_of_the_curves_and_buckets_of_a_hundredth() -> None:
    (spec,) = _config().metrics_specs
    plots = {one.class_name: one.config for one in spec.metrics if one.class_name.endswith("Plot")}
    assert plots == {
        "ConfusionMatrixPlot": '{"num_thresholds": 1000}',
        "CalibrationPlot": '{"num_buckets": 100}',
    }
