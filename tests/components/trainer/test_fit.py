"""The fit: what it keeps, at which rates it learns, and how the refit repeats it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.components.trainer.two_tastes import VIDEOS, build_model, two_tastes

pytestmark = pytest.mark.tfx


def _told_apart(model: Any, moments: Any) -> float:
    """Share of users whose liked video of the two scores higher."""
    from components.trainer.inputs.encoder import Encoded

    rows = moments.rows
    people = model.embed_users(Encoded(rows["dense"], rows["histories"])).numpy()
    scores = people @ model.embed_catalogue().numpy().T
    asked = np.take_along_axis(scores, rows["pair_videos"].numpy(), axis=1)
    return float((asked[:, 0] > asked[:, 1]).mean())


def _gates(model: Any) -> list[float]:
    return model.user_tower.gates.numpy().astype(float).round(6).tolist()  # type: ignore[no-any-return]


def _gate(gate: float) -> Any:
    """Of the group that every user of the two tastes is in."""
    from schema.documents.fit import GroupGate

    return GroupGate(seen="1 to 9", users=40, gate=gate, start=0.25, ndcg=0.5)


@pytest.mark.parametrize("gate", [0.0, 1.0])
def test_shuffled_labels_give_the_coin_and_real_ones_do_not(gate: float) -> None:
    """The whole fit, judged on users whom it has not seen: 0.5 within four standard errors."""
    from components.trainer.fit import Fitted, refit
    from components.trainer.fitting.closed_form import ClosedFormParams
    from components.trainer.fitting.initialization import Initialization

    users, found = 400, {}
    params = ClosedFormParams(nope=-0.9, exposure=0.0)
    for shuffled in (True, False):
        model = build_model(epochs=4)
        train, other = (two_tastes(users, shuffled=shuffled, seed=seed) for seed in (1, 2))
        chosen = Initialization("closed form", {}, params, None)
        refit(model, Fitted(chosen, 4, [_gate(gate)], {}, {}, model.get_weights()), train)
        found[shuffled] = _told_apart(model, other)
    assert found[True] == pytest.approx(0.5, abs=4 * 0.5 / users**0.5)
    assert found[False] == 1.0


def test_candidates_that_are_drawn_fit_as_well(tmp_path: Path) -> None:
    """Only a batch itself determines its number of candidates."""
    from components.trainer.fit import train_model

    model, moments = build_model(epochs=1, softmax_videos=VIDEOS - 4), two_tastes()
    fitted = train_model(model, moments, moments, None, str(tmp_path))
    assert np.isfinite(fitted.history["loss"]).all()


def test_the_rate_falls_to_0_in_equal_steps() -> None:
    from components.trainer.fit import learning_rates
    from components.trainer.settings import TrainSettings

    settings = TrainSettings(epochs=4, learning_rate=0.8)
    for name in ("closed form", "random weights"):
        assert learning_rates(settings, name) == pytest.approx([0.8, 0.6, 0.4, 0.2])
    assert learning_rates(TrainSettings(epochs=0), "closed form") == []


@pytest.mark.parametrize(
    ("epochs", "rates"),
    [(6, [2 / 6, 1 / 6]), (10, [0.4, 0.3, 0.2, 0.1]), (1, [1.0]), (0, [])],
)
def test_a_warm_start_takes_the_last_third_of_the_rates(epochs: int, rates: list[float]) -> None:
    from components.trainer.fit import learning_rates
    from components.trainer.settings import TrainSettings

    settings = TrainSettings(epochs=epochs, learning_rate=1.0)
    assert learning_rates(settings, "last release") == pytest.approx(rates)


def test_an_epoch_is_fitted_at_its_rate_with_all_that_is_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keras notes the rate of each epoch; the gates are 1 by then, whatever they were before."""
    from components.trainer import fit

    seen = []
    monkeypatch.setattr(fit, "choose_gates", lambda model, _: seen.append(_gates(model)) or [])
    model, moments = build_model(epochs=4, learning_rate=0.004), two_tastes()
    fitted = fit.train_model(model, moments, moments, None, str(tmp_path))
    assert fitted.history["lr"] == pytest.approx([0.004, 0.003, 0.002, 0.001])
    assert seen == [[1, 1, 1]]


@pytest.mark.parametrize(
    ("gate", "figure", "epochs"), [(0.25, 0.9, 2), (0.0, 0.9, 0), (0.25, 0.8, 0)]
)
def test_a_fit_is_kept_where_a_gate_is_open_and_the_valid_window_finds_it_better(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gate: float, figure: float, epochs: int
) -> None:
    """0.8 before it; else the weights are those from which it began."""
    from components.trainer import fit
    from components.trainer.fitting import initialization

    def choose(model: Any, _: Any) -> list[Any]:
        fit.assign_gates(model, [_gate(gate)])
        return [_gate(gate)]

    began = {}

    def first(model: Any, *_: Any) -> dict[str, float]:
        began.update({path: v.numpy() for path, v in model.get_weight_paths().items()})
        return {"val_gates": 0.8}

    monkeypatch.setattr(initialization, "evaluate_model", first)
    monkeypatch.setattr(fit, "evaluate_model", lambda *_: {"val_gates": figure})
    monkeypatch.setattr(fit, "choose_gates", choose)
    model, moments = build_model(epochs=2), two_tastes()
    fitted = fit.train_model(model, moments, moments, None, str(tmp_path))
    assert fitted.epochs == epochs
    assert fitted.best == {"val_gates": figure if epochs else 0.8}
    assert fitted.groups == ([_gate(gate)] if epochs else [])
    assert _gates(model) == ([0, 0.25, 0] if epochs else [0, 0, 0])
    now = model.get_weight_paths()
    for path in ("item_embedding.id_residual", "user_tower.first.kernel"):
        assert np.array_equal(now[path].numpy(), began[path]) == (not epochs)


def test_0_epochs_leave_the_closed_form_alone(tmp_path: Path) -> None:
    """For users without a history too, whose gate needs no significant gain."""
    from components.trainer.fit import refit, train_model
    from components.trainer.fitting.closed_form import ClosedForm
    from components.trainer.fitting.ranking_rows import RankingRows

    model, moments = build_model(epochs=0), two_tastes()
    rows = moments.rows
    liked = [np.array([video]) for video in rows["pair_videos"].numpy()[:, 0]]
    nothing = [np.array([], np.int64)] * len(liked)
    histories = rows["histories"].numpy().copy()
    histories[::2] = -1
    window = RankingRows(rows["dense"].numpy(), histories, nothing, liked)
    fitted = train_model(model, moments, moments, window, str(tmp_path))
    closed = ClosedForm(moments, model.catalogue, model.settings)
    initial = closed.initial_values(fitted.initialization.params)
    for _ in range(2):
        assert (fitted.epochs, fitted.groups, fitted.history) == (0, [], {})
        assert _gates(model) == [0, 0, 0]
        found = model.closed_part.items.projection.numpy()
        np.testing.assert_allclose(found, initial.projection, atol=1e-6)
        refit(model, fitted, moments)


@pytest.mark.parametrize("weight_decay", [0.0, 1e-4])
def test_the_refit_begins_anew_with_what_was_chosen_and_repeats_epochs_and_gates(
    tmp_path: Path, weight_decay: float
) -> None:
    from components.trainer.fit import refit, train_model
    from components.trainer.fitting.closed_form import ClosedForm

    settings = {"epochs": 3, "learning_rate": 3e-3, "weight_decay": weight_decay}
    model, moments = build_model(**settings), two_tastes()
    kernel = model.user_tower.first.kernel.numpy()
    fitted = train_model(model, moments, moments, None, str(tmp_path))
    refit(model, fitted._replace(epochs=0, groups=[]), moments)
    closed = ClosedForm(moments, model.catalogue, model.settings)
    initial = closed.initial_values(fitted.initialization.params)
    found = model.item_embedding.projection.numpy()
    np.testing.assert_allclose(found, initial.projection[:, :8], atol=1e-6)
    assert _gates(model) == [0, 0, 0]
    assert int(model.optimizer.iterations) == 0
    refit(model, fitted._replace(epochs=3, groups=[_gate(0.25)]), moments)
    assert _gates(model) == [0, 0.25, 0]
    assert float(model.optimizer.learning_rate) == pytest.approx(1e-3)  # the last third of 3e-3
    assert int(model.optimizer.iterations) == 3 * 10  # 8 moments of 40 users, 32 at a time
    again = model.item_embedding.projection.numpy()
    refit(model, fitted._replace(epochs=3, groups=[_gate(0.25)]), moments)
    assert np.abs(again - found).max() > 1e-3
    assert int(model.optimizer.iterations) == 3 * 10
    refit(model, fitted._replace(epochs=0, groups=[]), moments)
    assert np.array_equal(model.user_tower.first.kernel.numpy(), kernel)


@pytest.mark.parametrize(
    ("name", "epochs", "expected"),
    [
        ("closed form", 6, [6, 5, 4, 3, 2, 1]),
        ("last release", 6, [2, 1]),
        ("closed form", 0, []),
        ("last release", 0, [1]),
    ],
)
def test_the_last_release_s_weights_see_what_is_new_in_one_epoch_at_least(
    monkeypatch: pytest.MonkeyPatch, name: str, epochs: int, expected: list[float]
) -> None:
    from components.trainer import fit
    from components.trainer.fitting.initialization import Initialization

    rates: list[float] = []
    monkeypatch.setattr(fit, "_fit", lambda _, __, own: rates.extend(own))
    model = build_model(epochs=6, learning_rate=6.0)
    chosen = Initialization(name, {}, None, None)
    fitted = fit.Fitted(chosen, epochs, [], {}, {}, model.get_weights())
    fit.refit(model, fitted, two_tastes())
    assert rates == pytest.approx(expected)
