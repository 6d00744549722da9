"""The release is fitted by the candidate's recipe."""

from __future__ import annotations

import numpy as np
import pytest

from tests.components.trainer.two_tastes import build_model, two_tastes

pytestmark = pytest.mark.tfx


@pytest.mark.parametrize("epochs", [0, 2])
def test_the_candidate_s_choices_epochs_and_gates_are_taken_from_its_record(epochs: int) -> None:
    from components.release_fit.refit import _recipe
    from components.trainer.fit import refit
    from components.trainer.fitting.closed_form import ClosedFormParams
    from schema.documents.fit import FitRecord, GroupGate, Params

    record = FitRecord(
        version=1, videos=12, began="closed form", beginnings={"closed form": {"val_gates": 0.5}},
        last_release=None, choice=Params(nope=-0.9, recency=0.25, shrinkage=20.0, exposure=0.75),
        epochs=epochs, best={"val_gates": 0.75}, history={"loss": [1.0, 0.5]},
        groups=[GroupGate(seen="1 to 9", users=40, gate=0.25, start=0.25, ndcg=0.5)],
    )  # fmt: skip
    model = build_model(epochs=2)
    recipe = _recipe(record, None, model)
    assert recipe.initialization.params == ClosedFormParams(-0.9, 0.25, 20.0, 0.75)
    refit(model, recipe, two_tastes())
    assert int(model.optimizer.iterations) == epochs * 10
    np.testing.assert_allclose(model.user_tower.gates, [0, 0.25, 0])
    assert float(model.closed_part.weight_of_exposure) == 0.75
