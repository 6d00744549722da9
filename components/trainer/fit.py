"""`run_fn`: what the TFX Trainer calls with the paths of its inputs and outputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import tensorflow as tf
import tensorflow_transform as tft

from components.progress import tell
from components.trainer.data import Catalogue, Moments, batches, load_catalogue, load_moments
from components.trainer.encoder import Encoder, VideoIndex
from components.trainer.export import export
from components.trainer.model import TwoTower
from components.trainer.settings import TrainSettings
from schema.features import Side

__all__ = ["run_fn", "train_model"]

MONITOR = "val_auc_pr"


def run_fn(fn_args: Any) -> None:
    """Trains on the `train` split, stops by the `valid` split, exports the best epoch."""
    config = fn_args.custom_config
    settings = TrainSettings.from_json(config["settings"])
    tf.keras.utils.set_random_seed(settings.seed)
    catalogue_graph = tft.TFTransformOutput(config["catalogue_graph"])
    index = VideoIndex(catalogue_graph)
    videos = Encoder(Side.VIDEO, catalogue_graph, index)
    users = Encoder(Side.USER, tft.TFTransformOutput(fn_args.transform_graph_path), index)
    catalogue = load_catalogue(tf.io.gfile.glob(config["catalogue"]), videos)
    train = load_moments(tf.io.gfile.glob(fn_args.train_files), users, catalogue)
    valid = load_moments(tf.io.gfile.glob(fn_args.eval_files), users, catalogue)
    model = TwoTower(settings, catalogue.encoded, index.size)
    history = train_model(model, train, valid, settings, fn_args.model_run_dir)
    version = export(model, users, videos, fn_args.serving_model_dir)
    _write_history(history, version, catalogue, Path(fn_args.model_run_dir))


def train_model(
    model: TwoTower, train: Moments, valid: Moments, settings: TrainSettings, logs: str
) -> dict[str, list[float]]:
    """Fits until the validation AUC-PR stops rising; `model` then holds its best weights.

    Returns:
        Keras' history: one value an epoch for each loss and metric.
    """
    epoch = settings.moments_per_epoch(int(train["candidates"].shape[0]))
    model.compile(optimizer=tf.keras.optimizers.legacy.Adam(settings.learning_rate))
    callbacks = [
        tf.keras.callbacks.EarlyStopping(
            MONITOR,
            mode="max",
            patience=settings.patience,
            min_delta=settings.min_delta,
            restore_best_weights=True,
        ),
        tf.keras.callbacks.ReduceLROnPlateau(
            MONITOR, mode="max", patience=1, factor=0.5, min_delta=settings.min_delta
        ),
        tf.keras.callbacks.TensorBoard(logs, write_graph=False),
        tf.keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, _: tell(epoch + 1, settings.epochs)
        ),
    ]
    return dict(
        model.fit(
            batches(train, settings.batch_size, seed=settings.seed, most=epoch),
            validation_data=batches(valid, settings.batch_size),
            epochs=settings.epochs,
            callbacks=callbacks,
            verbose=0,
        ).history
    )


def _write_history(
    history: dict[str, list[float]], version: int, catalogue: Catalogue, folder: Path
) -> None:
    numbers = {name: [float(value) for value in values] for name, values in history.items()}
    record = {"version": version, "videos": int(tf.size(catalogue.ids)), "history": numbers}
    (folder / "history.json").write_text(json.dumps(record, indent=1))
