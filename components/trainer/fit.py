"""`run_fn`: what the TFX Trainer calls with the paths of its inputs and outputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import tensorflow as tf
import tensorflow_transform as tft

from components.progress import tell
from components.trainer.catalogue import Catalogue, load_catalogue, write_known_videos
from components.trainer.data import Moments, batches, chances, load_moments, some_rows
from components.trainer.encoder import Encoder, VideoIndex
from components.trainer.export import export
from components.trainer.model import TwoTower
from components.trainer.settings import TrainSettings
from components.trainer.start import Choice, ClosedForm, Start, choose
from components.trainer.validation import (
    MONITOR,
    RankingCallback,
    RankingRows,
    Stopping,
    evaluate_model,
    load_ranking_rows,
)
from schema.features import Side

__all__ = ["Fitted", "build", "refit", "run_fn", "train_model"]

KNOWN_VIDEOS = "known_videos.txt"


def run_fn(fn_args: Any) -> None:
    """Chooses by the valid window, fits on train and valid together, exports."""
    config = fn_args.custom_config
    settings = TrainSettings.from_json(config["settings"])
    tf.keras.utils.set_random_seed(settings.seed)
    run = Path(fn_args.model_run_dir)
    run.mkdir(parents=True, exist_ok=True)
    videos_at = tf.io.gfile.glob(config["catalogue"])
    write_known_videos(tf.io.gfile.glob(config["popularity"]), run / KNOWN_VIDEOS)
    index = VideoIndex(run / KNOWN_VIDEOS)
    videos, users = (
        Encoder(side, tft.TFTransformOutput(graph), index, settings.ignored)
        for side, graph in (
            (Side.VIDEO, config["catalogue_graph"]),
            (Side.USER, fn_args.transform_graph_path),
        )
    )
    catalogue = load_catalogue(videos_at, videos)
    train_at, valid_at = (tf.io.gfile.glob(f) for f in (fn_args.train_files, fn_args.eval_files))
    train, valid = (load_moments(files, users, catalogue) for files in (train_at, valid_at))
    ranked_at = tf.io.gfile.glob(config["ranking"])
    ranked = load_ranking_rows(ranked_at, users, catalogue, settings.valid_users)
    model = build(settings, catalogue, train)
    fitted = train_model(model, train, valid, ranked, str(run))
    refit(model, fitted, load_moments([*train_at, *valid_at], users, catalogue))
    version = export(model, users, videos, fn_args.serving_model_dir)
    _write_history(fitted, version, catalogue, run)


class Fitted(NamedTuple):
    """What the valid window decided.

    Attributes:
        choice: of the closed form that the fit began with; None without one.
        first: the valid window's figures before the first epoch.
        epochs: of gradients until the best figures; 0 where the closed form alone was best.
        history: Keras' history: one value an epoch for each loss and metric.
        weights: what the model was built with, in Keras' order.
    """

    choice: Choice | None
    first: dict[str, float]
    epochs: int
    history: dict[str, list[float]]
    weights: list[Any]


def build(settings: TrainSettings, catalogue: Catalogue, train: Moments) -> TwoTower:
    """The model that fits these rows, its weights still random."""
    width, histories = train.rows["dense"].shape[1], train.rows["histories"].shape[1]
    model = TwoTower(settings, catalogue, chances(train, catalogue.size), width, histories)
    model.compile(optimizer=_optimizer(settings))
    return model


def train_model(
    model: TwoTower, train: Moments, valid: Moments, ranked: RankingRows | None, logs: str
) -> Fitted:
    """Fits until the valid window's two figures get no better; `model` then is at its best.

    Args:
        model: built for these rows; its settings say for how many epochs at most, 0 for none.
        train: window.
        valid: window.
        ranked: users as of the beginning of the valid window; None where nobody liked anything.
        logs: folder for TensorBoard.
    """
    settings = model.settings
    rows = some_rows(valid, settings.batch_size, settings.valid_rows)
    weights = model.get_weights()
    begins = settings.direct and settings.closed_form
    choice = _begin(model, train, rows, ranked) if begins else None
    first = evaluate_model(model, rows, ranked)
    if not settings.epochs:  # Keras refuses to fit for none
        return Fitted(choice, first, 0, {}, weights)
    stopping = Stopping(first[MONITOR], settings.patience)
    callbacks = [
        RankingCallback(ranked),
        stopping,
        tf.keras.callbacks.ReduceLROnPlateau(MONITOR, mode="max", patience=1, factor=0.5),
        tf.keras.callbacks.TensorBoard(logs, write_graph=False),
        tf.keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, _: tell(epoch + 1, settings.epochs)
        ),
    ]
    history = model.fit(
        batches(train, settings),
        validation_data=rows,
        epochs=settings.epochs,
        callbacks=callbacks,
        verbose=0,
    ).history
    return Fitted(choice, first, stopping.best_epoch + 1, dict(history), weights)


def refit(model: TwoTower, fitted: Fitted, whole: Moments) -> None:
    """Begins anew with what the valid window chose, on train and valid together.

    The newest decisions say the most about the next ones, and the valid window has done its work.
    """
    model.set_weights(fitted.weights)
    if fitted.choice:
        closed = ClosedForm(whole, model.catalogue, model.settings.item_dimension)
        model.begin(closed.start(fitted.choice))
    if not fitted.epochs:
        return
    for variable in model.optimizer.variables():  # its memory of the first fit; the rate is below
        variable.assign(tf.zeros_like(variable))
    rates = fitted.history["lr"]
    model.fit(
        batches(whole, model.settings),
        epochs=fitted.epochs,
        callbacks=[tf.keras.callbacks.LearningRateScheduler(lambda epoch, _: float(rates[epoch]))],
        verbose=0,
    )


def _begin(
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


def _optimizer(settings: TrainSettings) -> tf.keras.optimizers.Optimizer:
    if settings.weight_decay:
        return tf.keras.optimizers.AdamW(settings.learning_rate, weight_decay=settings.weight_decay)
    return tf.keras.optimizers.legacy.Adam(settings.learning_rate)


def _write_history(fitted: Fitted, version: int, catalogue: Catalogue, folder: Path) -> None:
    record = {
        "version": version,
        "videos": catalogue.size,
        "choice": fitted.choice and fitted.choice._asdict(),
        "first": fitted.first,
        "epochs": fitted.epochs,
        "history": {name: [float(v) for v in values] for name, values in fitted.history.items()},
    }
    (folder / "history.json").write_text(json.dumps(record, indent=1))
