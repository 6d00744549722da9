"""The ablation's variants and the model's hyper-parameters name the same things."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from benchmarks.variants import VARIANTS
from components.trainer.settings import TrainSettings


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_changes_hyper_parameters_that_there_are(name: str) -> None:
    """As JSON, which is how a run gets them; a change to the present value would be no variant."""
    usual: dict[str, Any] = json.loads(TrainSettings().to_json())
    changes = json.loads(json.dumps(VARIANTS[name]))
    assert changes.keys() <= usual.keys()
    assert not any(usual[key] == value for key, value in changes.items())
    given = TrainSettings.from_json(json.dumps({**usual, **changes}))
    assert {key for key, own in asdict(given).items() if asdict(TrainSettings())[key] != own} == (
        changes.keys()
    )


def test_no_two_variants_are_the_same() -> None:
    texts = [json.dumps(changes, sort_keys=True) for changes in VARIANTS.values()]
    assert len(texts) == len(set(texts))
