"""`run_fn`: what the TFX Trainer calls with the paths of its inputs and outputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import tensorflow as tf
import tensorflow_transform as tft

from components.progress import tell
from components.trainer.catalogue import Catalogue, load_catalogue, write_known_videos
from components.trainer.data import Moments, batches, chances, load_moments, some_rows
from components.trainer.encoder import Encoder, VideoIndex
from components.trainer.export import export
from components.trainer.model import TwoTower
from components.trainer.settings import TrainSettings
from components.trainer.validation import (
    MONITOR,
    RankingCallback,
    RankingRows,
    load_ranking_rows,
)
from schema.features import Side

__all__ = ["run_fn", "train_model"]

KNOWN_VIDEOS = "known_videos.txt"


def run_fn(fn_args: Any) -> None:
    """Trains on the `train` split, stops by the `valid` window, exports the best epoch."""
    config = fn_args.custom_config
    settings = TrainSettings.from_json(config["settings"])
    tf.keras.utils.set_random_seed(settings.seed)
    run = Path(fn_args.model_run_dir)
    run.mkdir(parents=True, exist_ok=True)
    videos_at = tf.io.gfile.glob(config["catalogue"])
    write_known_videos(tf.io.gfile.glob(config["popularity"]), run / KNOWN_VIDEOS)
    index = VideoIndex(run / KNOWN_VIDEOS)
    videos = Encoder(Side.VIDEO, tft.TFTransformOutput(config["catalogue_graph"]), index)
    users = Encoder(Side.USER, tft.TFTransformOutput(fn_args.transform_graph_path), index)
    catalogue = load_catalogue(videos_at, videos)
    train, valid = (
        load_moments(tf.io.gfile.glob(files), users, catalogue)
        for files in (fn_args.train_files, fn_args.eval_files)
    )
    ranked_at = tf.io.gfile.glob(config["ranking"])
    ranked = load_ranking_rows(ranked_at, users, catalogue, settings.valid_users)
    model = build(settings, catalogue, train)
    history = train_model(model, train, valid, ranked, settings, str(run))
    version = export(model, users, videos, fn_args.serving_model_dir)
    _write_history(history, version, catalogue, run)


def build(settings: TrainSettings, catalogue: Catalogue, train: Moments) -> TwoTower:
    """The model that fits these rows, its weights still random."""
    width, histories = train.rows["dense"].shape[1], train.rows["histories"].shape[1]
    return TwoTower(settings, catalogue, chances(train, catalogue.size), width, histories)


def train_model(
    model: TwoTower,
    train: Moments,
    valid: Moments,
    ranked: RankingRows | None,
    settings: TrainSettings,
    logs: str,
) -> dict[str, list[float]]:
    """Fits until the valid window's two figures get no better; `model` then is at its best.

    Returns:
        Keras' history: one value an epoch for each loss and metric.
    """
    model.compile(optimizer=_optimizer(settings))
    callbacks = [
        RankingCallback(ranked),
        tf.keras.callbacks.EarlyStopping(
            MONITOR, mode="max", patience=settings.patience, restore_best_weights=True
        ),
        tf.keras.callbacks.ReduceLROnPlateau(MONITOR, mode="max", patience=1, factor=0.5),
        tf.keras.callbacks.TensorBoard(logs, write_graph=False),
        tf.keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, _: tell(epoch + 1, settings.epochs)
        ),
    ]
    return dict(
        model.fit(
            batches(train, settings),
            validation_data=some_rows(valid, settings.batch_size, settings.valid_rows),
            epochs=settings.epochs,
            callbacks=callbacks,
            verbose=0,
        ).history
    )


def _optimizer(settings: TrainSettings) -> tf.keras.optimizers.Optimizer:
    if settings.weight_decay:
        return tf.keras.optimizers.AdamW(settings.learning_rate, weight_decay=settings.weight_decay)
    return tf.keras.optimizers.legacy.Adam(settings.learning_rate)


def _write_history(
    history: dict[str, list[float]], version: int, catalogue: Catalogue, folder: Path
) -> None:
    numbers = {name: [float(value) for value in values] for name, values in history.items()}
    record = {"version": version, "videos": catalogue.size, "history": numbers}
    (folder / "history.json").write_text(json.dumps(record, indent=1))
