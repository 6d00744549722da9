"""What the choice of the closed form is judged by, and what it is then made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.components.trainer.two_tastes import build_model, two_tastes

pytestmark = pytest.mark.tfx


def test_the_holdout_chooses_and_the_whole_of_train_is_fitted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The held-out users' sum of figures chooses, here the one without exposure."""
    from components.trainer.fitting import initialization
    from components.trainer.fitting.closed_form import ClosedForm

    part, train = two_tastes(20, seed=1), two_tastes(seed=2)
    judged = []

    def evaluate(model: Any, _: Any, judges: Any) -> dict[str, float]:
        if judges == ["window"]:
            return {"val_gates": 0.5}
        exposure = float(model.closed_part.weight_of_exposure)
        judged.append(model.closed_part.items.id_residual.numpy()[:-1])
        return {"val_gates": 1 - exposure}

    window: Any = ["window"]
    monkeypatch.setattr(initialization, "evaluate_model", evaluate)
    monkeypatch.setattr(initialization, "hold_out", lambda *_: (part, [*window, "a", "b"]))
    model = build_model()
    chosen = initialization.initialize_fit(model, train, None, window, None)
    assert chosen.held_out == 2
    assert chosen.params is not None
    assert chosen.params.exposure == 0.0
    residuals = [
        ClosedForm(own, model.catalogue, model.settings).initial_values(chosen.params).id_residual
        for own in (part, train)
    ]
    np.testing.assert_allclose(judged[0], residuals[0], atol=1e-5)
    found = model.closed_part.items.id_residual.numpy()[:-1]
    np.testing.assert_allclose(found, residuals[1], atol=1e-5)
    assert np.abs(residuals[0] - residuals[1]).max() > 0.01
