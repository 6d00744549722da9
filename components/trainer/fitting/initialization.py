"""Initialization of the fit: the closed form or the previous release, whichever scores better."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from components.trainer.fitting.closed_form import ClosedForm, ClosedFormParams, choose
from components.trainer.fitting.gates import assign_gates, choose_gates
from components.trainer.fitting.holdout import hold_out
from components.trainer.fitting.ranking_rows import RankingRows
from components.trainer.fitting.validation import MONITOR, evaluate_model
from components.trainer.fitting.warm_start import WarmStart, assign, weights_of
from components.trainer.inputs.moments import Moments
from components.trainer.model.item_embedding import InitialValues
from components.trainer.model.two_tower import TwoTower

__all__ = [
    "CLOSED_FORM",
    "LAST_RELEASE",
    "RANDOM",
    "Initialization",
    "initialize_fit",
    "initialize_refit",
]

CLOSED_FORM, LAST_RELEASE, RANDOM = "closed form", "last release", "random weights"

Figures = dict[str, float]


class Initialization(NamedTuple):
    """The chosen initialization.

    Attributes:
        name: CLOSED_FORM, LAST_RELEASE or RANDOM.
        figures: of the valid window, by the name of each initialization tried.
        params: of the closed form; None without one.
        warm: weights of the previous release; None without them.
        held_out: users who chose `params` by their newest moments of train (`holdout.py`).
    """

    name: str
    figures: dict[str, Figures]
    params: ClosedFormParams | None
    warm: WarmStart | None
    held_out: int = 0

    @property
    def first(self) -> Figures:
        """The valid window's figures before the first epoch."""
        return self.figures[self.name]


def initialize_fit(
    model: TwoTower,
    train: Moments,
    valid: tf.data.Dataset,
    window: RankingRows | None,
    warm: WarmStart | None,
) -> Initialization:
    """Assigns the weights that score best on the valid window before any gradient."""
    wanted = model.settings.closed_dimension
    params, held_out = _closed_form(model, train, valid, window) if wanted else (None, 0)
    name = CLOSED_FORM if params else RANDOM
    figures = {name: evaluate_model(model, valid, window)}
    if warm:
        fresh = weights_of(model)
        assign(model, warm.train)
        opened = any(group.gate for group in choose_gates(model, window)) or not wanted
        figures[LAST_RELEASE] = evaluate_model(model, valid, window)
        if opened and figures[LAST_RELEASE][MONITOR] > figures[name][MONITOR]:
            name = LAST_RELEASE
        else:
            assign(model, fresh)
            assign_gates(model, [])
    return Initialization(name, figures, params, warm, held_out)


def initialize_refit(model: TwoTower, chosen: Initialization, whole: Moments) -> None:
    """The same initialization on train and valid; `model` must have its random initial weights."""
    if chosen.params:  # the id weights are counted again for a warm start, too
        closed = ClosedForm(whole, model.catalogue, model.settings)
        model.initialize(closed.initial_values(chosen.params))
    if chosen.name == LAST_RELEASE and chosen.warm:
        assign(model, chosen.warm.whole)


def _closed_form(
    model: TwoTower, train: Moments, valid: tf.data.Dataset, window: RankingRows | None
) -> tuple[ClosedFormParams, int]:
    """Assigns the closed form whose hyper-parameters score best on the valid window."""
    settings, catalogue = model.settings, model.catalogue
    part, judges = hold_out(train, window, catalogue.known, settings.valid_users)
    assign_gates(model, [])

    def judge(initial: InitialValues) -> float:
        model.initialize(initial)
        return evaluate_model(model, valid, judges)[MONITOR]

    closed = ClosedForm(part, catalogue, settings)
    params = choose(closed, judge)
    if part is not train:
        closed = ClosedForm(train, catalogue, settings)
    model.initialize(closed.initial_values(params))
    held_out = len(judges or ()) - len(window or ())
    return params, held_out
