"""Reads from TFMA's validation result, in words, what the gate asked, what it got and why not."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.proto import config_pb2

from components.evaluator import AUC_PR, AUC_PR_LIFT
from components.retrieval_evaluator.gate import large
from schema.documents.ranking import RankingFigures
from schema.documents.review import Check, Verdict

__all__ = ["read_verdict", "slice_columns"]

NAMES = {AUC_PR: "AUC-PR", AUC_PR_LIFT: "AUC-PR as a multiple of a random ranking's"}
AGAINST_LIVE = ", against the live model"
NO_THRESHOLD = "expected a threshold to hold the model to, got none: name one in the eval config"
ANOTHER_GATE = "no threshold below is missed: another gate said no, and its own output says why"


def read_verdict(
    evaluation: Path, config: Any, metrics: list[Any], ranking: RankingFigures, *, blessed: bool
) -> Verdict:
    """Puts the blessing, both gates' thresholds and what they met side by side."""
    reasons, checks = [NO_THRESHOLD], list[Check]()
    if list(evaluation.glob("validations*")):  # TFMA writes none where nothing is to be held
        result = tfma.load_validation_result(str(evaluation))
        reasons = list(dict.fromkeys(_reasons(result)))
        checks = list(_checks(config, metrics, result))
    reasons = [*reasons, *ranking.reasons] or [ANOTHER_GATE]
    checks += _ranking_checks(ranking)
    return Verdict(blessed=blessed, reasons=[] if blessed else reasons, checks=checks)


def _ranking_checks(ranking: RankingFigures) -> Iterator[Check]:
    held = [("all users", rival, change) for rival, change in ranking.differences.items()]
    held += [
        (f"{group.users:,} users, decided on: {group.seen}", group.rival, group.change)
        for group in large(ranking.groups)
    ]
    for who, rival, change in held:
        yield Check(
            metric="NDCG@10",
            scope=f"{who}, against {rival}",
            expected="an interval of the change that does not end below 0",
            got=change.mean,
            passed=change.high >= 0,
        )


def slice_columns(slice_key: Any) -> tuple[str, str]:
    """The slicing features' names and the slice's values; empty for all pairs."""
    columns = slice_key.single_slice_keys
    return ", ".join(c.column for c in columns), ", ".join(_text(c) for c in columns)


def _text(column: Any) -> str:
    value = getattr(column, column.WhichOneof("kind"))
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _reasons(result: Any) -> Iterator[str]:
    if result.missing_thresholds:
        yield NO_THRESHOLD
    for spec in result.missing_slices:
        yield f"expected {_scope(spec)}, got none: there was nothing to hold to the threshold"
    for held in result.metric_validations_per_slice:
        for failure in held.failures:
            yield _reason(failure, *slice_columns(held.slice_key))


def _reason(failure: Any, key: str, value: str) -> str:
    """Expected and got, of one failure; an absent metric fails in every slice alike."""
    metric = NAMES.get(failure.metric_key.name, failure.metric_key.name)
    bounds = " and ".join(_bounds(b) for _, b in failure.metric_threshold.ListFields())
    if not failure.HasField("metric_value"):
        return f"{metric}: expected {bounds}, got nothing: it was not measured"
    scope = f"{key} {value}" if key else "all pairs"
    scope += AGAINST_LIVE if failure.metric_key.is_diff else ""
    number = failure.metric_value.double_value.value
    got = f"{number:.6g}" if math.isfinite(number) else "no number: it is not defined there"
    return f"{metric} over {scope}: expected {bounds}, got {got}"


def _checks(config: Any, metrics: list[Any], result: Any) -> Iterator[Check]:
    failed = {
        (failure.metric_key.name, bounds.SerializeToString())
        for held in result.metric_validations_per_slice
        for failure in held.failures
        for _, bounds in failure.metric_threshold.ListFields()
    }
    baselines = {spec.name for spec in config.model_specs if spec.is_baseline}
    thresholds = tfma.metrics.metric_thresholds_from_metrics_specs(
        config.metrics_specs, eval_config=config
    )
    for key, held in thresholds.items():
        for spec, bounds in held if key.model_name not in baselines else ():
            scope = _scope(spec) + (AGAINST_LIVE if key.is_diff else "")
            got = None if spec and spec.ListFields() else _overall(key, metrics)
            passed = (key.name, bounds.SerializeToString()) not in failed
            yield Check(
                metric=NAMES.get(key.name, key.name), scope=scope, expected=_bounds(bounds),
                got=got, passed=passed,
            )  # fmt: skip


def _overall(key: Any, metrics: list[Any]) -> float | None:
    wanted = (key.name, key.model_name, key.is_diff)
    numbers = (
        pair.value.double_value.value
        for of_slice in metrics
        if not of_slice.slice_key.single_slice_keys
        for pair in of_slice.metric_keys_and_values
        if (pair.key.name, pair.key.model_name, pair.key.is_diff) == wanted
    )
    return next(filter(math.isfinite, numbers), None)


def _scope(spec: Any) -> str:
    """Of a slicing spec, or of none: that is every slice."""
    if spec is None:
        return "every slice"
    values = [f"{key} {value}" for key, value in sorted(spec.feature_values.items())]
    named = [*(f"each {key}" for key in spec.feature_keys), *values]
    return f"pairs of {', '.join(named)}" if named else "all pairs"


def _bounds(bounds: Any) -> str:
    """`at least 1.08`, `a change of at least -0.01`."""
    values = {field.name: getattr(bounds, field.name) for field, _ in bounds.ListFields()}
    lower = values.pop("direction", None) == config_pb2.MetricDirection.LOWER_IS_BETTER
    change = "at most" if lower else "at least"
    words = {
        "lower_bound": "at least {:g}",
        "upper_bound": "at most {:g}",
        "absolute": f"a change of {change} {{:+g}}",
        "relative": f"a relative change of {change} {{:+g}}",
    }
    return " and ".join(words[name].format(bound.value) for name, bound in values.items())
