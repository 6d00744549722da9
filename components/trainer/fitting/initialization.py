"""What a fit begins with: the closed form or the last release's weights, as valid likes better."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from components.trainer.fitting.closed_form import Choice, ClosedForm, choose
from components.trainer.fitting.validation import MONITOR, RankingRows, evaluate_model
from components.trainer.fitting.warm_start import WarmStart, assign, weights_of
from components.trainer.inputs.moments import Moments
from components.trainer.model.item_embedding import Start
from components.trainer.model.two_tower import TwoTower

__all__ = ["CLOSED_FORM", "LAST_RELEASE", "RANDOM", "Begun", "begin_fit", "begin_refit"]

CLOSED_FORM, LAST_RELEASE, RANDOM = "closed form", "last release", "random weights"

Figures = dict[str, float]


class Begun(NamedTuple):
    """Where the fit begins.

    Attributes:
        name: one of the three.
        figures: the valid window's, of each beginning that was there.
        choice: of the closed form; None without one.
        warm: the last release's weights; None without them.
    """

    name: str
    figures: dict[str, Figures]
    choice: Choice | None
    warm: WarmStart | None

    @property
    def first(self) -> Figures:
        """The valid window's figures before the first epoch."""
        return self.figures[self.name]


def begin_fit(
    model: TwoTower,
    train: Moments,
    valid: tf.data.Dataset,
    ranked: RankingRows | None,
    warm: WarmStart | None,
) -> Begun:
    """Sets the weights that the valid window likes best before any gradient."""
    settings = model.settings
    wanted = settings.direct and settings.closed_form
    choice = _closed_form(model, train, valid, ranked) if wanted else None
    name = CLOSED_FORM if choice else RANDOM
    figures = {name: evaluate_model(model, valid, ranked)}
    if warm:
        fresh = weights_of(model)
        assign(model, warm.train)
        figures[LAST_RELEASE] = evaluate_model(model, valid, ranked)
        if figures[LAST_RELEASE][MONITOR] > figures[name][MONITOR]:
            name = LAST_RELEASE
        else:
            assign(model, fresh)
    return Begun(name, figures, choice, warm)


def begin_refit(model: TwoTower, begun: Begun, whole: Moments) -> None:
    """The same beginning for train and valid together; the model's weights are its first ones."""
    if begun.choice:  # counts each video's trust in either case
        closed = ClosedForm(whole, model.catalogue, model.settings.item_dimension)
        model.begin(closed.start(begun.choice))
    if begun.name == LAST_RELEASE and begun.warm:
        assign(model, begun.warm.whole)


def _closed_form(
    model: TwoTower, train: Moments, valid: tf.data.Dataset, ranked: RankingRows | None
) -> Choice:
    """Sets the start that the valid window likes best."""
    closed = ClosedForm(train, model.catalogue, model.settings.item_dimension)

    def judge(start: Start) -> float:
        model.begin(start)
        return evaluate_model(model, valid, ranked)[MONITOR]

    choice = choose(closed, judge)
    model.begin(closed.start(choice))
    return choice
