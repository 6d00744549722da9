"""What the first gate asks of a candidate, and of which slice."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.tfx


def _config() -> Any:
    from components.evaluator import Gate, eval_config

    return eval_config(Gate(floor=0.5, tolerance=0.02))


def _gated() -> tuple[Any, Any]:
    """The metric that has a threshold, and the threshold."""
    (spec,) = _config().metrics_specs
    thresholds = ("threshold", "per_slice_thresholds", "cross_slice_thresholds")
    assert not [field.name for field, _ in spec.ListFields() if field.name in thresholds]
    found = [
        (metric, field.name, value)
        for metric in spec.metrics
        for field, value in metric.ListFields()
        if field.name in thresholds
    ]
    ((metric, name, (threshold,)),) = found
    assert name == "per_slice_thresholds"
    return metric, threshold


def test_the_one_threshold_is_on_the_overall_slice_s_auc_pr() -> None:
    """`threshold` itself would hold every slice to it, and a rare slice would block a release."""
    metric, threshold = _gated()
    assert metric.class_name == "AUC"
    assert '"curve": "PR"' in metric.config
    (overall,) = threshold.slicing_specs
    assert overall.ByteSize() == 0  # neither a feature nor a value: everything


def test_the_floor_and_the_allowed_loss_are_the_gate_s() -> None:
    """Higher is better, so -0.02 allows 0.02 less than the model in service has."""
    limits = _gated()[1].threshold
    assert limits.value_threshold.lower_bound.value == 0.5
    assert not limits.value_threshold.HasField("upper_bound")
    assert limits.change_threshold.absolute.value == -0.02
    assert limits.change_threshold.direction == 2  # HIGHER_IS_BETTER


def test_both_models_are_asked_for_the_same_prediction_of_the_same_label() -> None:
    candidate, baseline = _config().model_specs
    assert (candidate.is_baseline, baseline.is_baseline) == (False, True)
    for spec in (candidate, baseline):
        names = (spec.signature_name, spec.label_key, spec.prediction_key)
        assert names == ("score", "label", "prediction")


def test_the_review_slices_by_genre_and_by_newness() -> None:
    slices = [list(spec.feature_keys) for spec in _config().slicing_specs]
    assert slices == [[], ["genre_slice"], ["user_slice"], ["activity_slice"]]
