"""`run_fn`, which the TFX Trainer calls with the paths of its inputs and outputs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, NamedTuple

import tensorflow as tf

from components.node.lineage import warm_start_folder
from components.node.progress import report_progress
from components.trainer.export import export
from components.trainer.fitting.gates import assign_gates, choose_gates, set_gates
from components.trainer.fitting.history import write_history
from components.trainer.fitting.initialization import (
    LAST_RELEASE,
    Initialization,
    initialize_fit,
    initialize_refit,
)
from components.trainer.fitting.ranking_rows import RankingRows, load_ranking_rows
from components.trainer.fitting.validation import MONITOR, evaluate_model
from components.trainer.fitting.warm_start import (
    WarmStart,
    load_fit,
    names_of,
    save_fit,
    weights_of,
)
from components.trainer.inputs.catalogue import Catalogue
from components.trainer.inputs.loaded import files_of, load_inputs
from components.trainer.inputs.moments import (
    Moments,
    batches,
    sampling_probability,
    some_rows,
    together,
)
from components.trainer.model.two_tower import TwoTower
from components.trainer.settings import TrainSettings
from schema.documents.fit import FitRecord, GroupGate, Params

__all__ = ["Fitted", "build", "refit", "run_fn", "train_model"]


def run_fn(fn_args: Any) -> None:
    """Selects on the valid window, refits on train and valid together, exports."""
    config = fn_args.custom_config
    settings = TrainSettings.from_json(config["settings"])
    tf.keras.utils.set_random_seed(settings.seed)
    run = Path(fn_args.model_run_dir)
    run.mkdir(parents=True, exist_ok=True)
    loaded = load_inputs(
        settings, files_of(config["catalogue"]), files_of(config["popularity"]),
        config["catalogue_graph"], fn_args.transform_graph_path, run,
    )  # fmt: skip
    train, valid = (
        loaded.moments([file for pattern in patterns for file in files_of(pattern)])
        for patterns in (fn_args.train_files, fn_args.eval_files)
    )
    ranked_at = files_of(config["ranking"])
    window = load_ranking_rows(ranked_at, loaded.users, loaded.catalogue, settings.valid_users)
    model = build(settings, loaded.catalogue, train)
    names = names_of(model, loaded.users, loaded.videos, loaded.known)
    last = config["last_release"]
    warm = load_fit(warm_start_folder(last), names, model) if last else None
    fitted = train_model(model, train, valid, window, str(run), warm)
    best = weights_of(model)
    refit(model, fitted, together(train, valid))
    version = int(time.time())
    export(model, loaded.users, loaded.videos, fn_args.serving_model_dir, version)
    save_fit(warm_start_folder(run), names, WarmStart(version, best, weights_of(model)))
    write_history(run, _record(fitted, version, loaded.catalogue))


class Fitted(NamedTuple):
    """The recipe that the valid window selected.

    Attributes:
        initialization: chosen on the valid window.
        epochs: how many are fitted; 0 where they make nothing better than the initialization.
        groups: the gate of each group of users.
        best: figures of the selected model on the valid window (`evaluate_model`).
        history: one value per epoch for each loss and metric, from Keras.
        weights: random initial weights of the model, in Keras' order.
    """

    initialization: Initialization
    epochs: int
    groups: list[GroupGate]
    best: dict[str, float]
    history: dict[str, list[float]]
    weights: list[Any]


def build(settings: TrainSettings, catalogue: Catalogue, train: Moments) -> TwoTower:
    """The model for these rows, with random initial weights."""
    width, histories = train.rows["dense"].shape[1], train.rows["histories"].shape[1]
    model = TwoTower(
        settings, catalogue, sampling_probability(train, catalogue.size), width, histories
    )
    model.compile(optimizer=_optimizer(settings))
    return model


def train_model(
    model: TwoTower,
    train: Moments,
    valid: Moments,
    window: RankingRows | None,
    logs: str,
    warm: WarmStart | None = None,
) -> Fitted:
    """Fits, and keeps what the valid window finds better than the initialization.

    Args:
        model: built for these rows; its settings have the number of epochs, 0 for none.
        train: window.
        valid: window.
        window: users as of the beginning of the valid window; None where nobody liked anything.
        logs: folder for TensorBoard.
        warm: weights of the previous release, used if they score better on valid.
    """
    rows = some_rows(valid, model.settings.batch_size, model.settings.valid_rows)
    weights = model.get_weights()
    chosen = initialize_fit(model, train, rows, window, warm)
    initial = model.get_weights()
    rates = learning_rates(model.settings, chosen.name)
    history = _fit(model, train, rates, rows, logs)
    if rates:
        groups = choose_gates(model, window)
        best = evaluate_model(model, rows, window)
        counts = any(group.gate for group in groups) or not model.settings.closed_dimension
        if counts and best[MONITOR] > chosen.first[MONITOR]:
            return Fitted(chosen, len(rates), groups, best, history, weights)
        model.set_weights(initial)
    groups = choose_gates(model, window) if chosen.name == LAST_RELEASE else []
    return Fitted(chosen, 0, groups, chosen.first, history, weights)


def refit(model: TwoTower, fitted: Fitted, whole: Moments) -> dict[str, list[float]]:
    """Repeats the fit from the same initialization on more windows; its losses by epoch.

    The newest decisions predict the next ones best, so the released model must have seen them. A
    warm start gets an epoch even where none was better on valid: without it the weights would not
    have seen the decisions since the previous release.
    """
    model.set_weights(fitted.weights)
    initialize_refit(model, fitted.initialization, whole)
    rates = learning_rates(model.settings, fitted.initialization.name)
    if not fitted.epochs:
        rates = rates[-1:] if fitted.initialization.name == LAST_RELEASE else []
    for variable in model.optimizer.variables():  # its memory of the first fit
        variable.assign(tf.zeros_like(variable))
    history = _fit(model, whole, rates)
    assign_gates(model, fitted.groups)
    return history


def learning_rates(settings: TrainSettings, initialization: str) -> list[float]:
    """One for each epoch, falling to 0; a warm start takes the last third of them."""
    epochs = settings.epochs
    begin = epochs * 2 // 3 if initialization == LAST_RELEASE else 0
    return [settings.learning_rate * (1 - epoch / epochs) for epoch in range(begin, epochs)]


def _fit(
    model: TwoTower,
    moments: Moments,
    rates: list[float],
    valid: tf.data.Dataset | None = None,
    logs: str = "",
) -> dict[str, list[float]]:
    """An epoch for each rate; its losses and metrics."""
    if not rates:
        return {}
    set_gates(model, 1.0)  # what is learned counts in full
    callbacks = [
        tf.keras.callbacks.LearningRateScheduler(lambda epoch, _: rates[epoch]),
        tf.keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, _: report_progress(epoch + 1, len(rates))
        ),
    ]
    if logs:
        callbacks.append(tf.keras.callbacks.TensorBoard(logs, write_graph=False))
    data = batches(moments, model.settings)
    fitted = model.fit(
        data, validation_data=valid, epochs=len(rates), callbacks=callbacks, verbose=0
    )
    return {name: [float(value) for value in own] for name, own in fitted.history.items()}


def _optimizer(settings: TrainSettings) -> tf.keras.optimizers.Optimizer:
    if settings.weight_decay:
        return tf.keras.optimizers.AdamW(settings.learning_rate, weight_decay=settings.weight_decay)
    return tf.keras.optimizers.legacy.Adam(settings.learning_rate)


def _record(fitted: Fitted, version: int, catalogue: Catalogue) -> FitRecord:
    chosen = fitted.initialization
    return FitRecord(
        version=version,
        videos=catalogue.size,
        began=chosen.name,
        beginnings=chosen.figures,
        last_release=chosen.warm.version if chosen.warm else None,
        choice=Params(**chosen.params._asdict()) if chosen.params else None,
        epochs=fitted.epochs,
        best=fitted.best,
        history=fitted.history,
        groups=fitted.groups,
        held_out=chosen.held_out,
    )
