"""Generation of embeddings beside the towers' own work on the same rows.

It takes the last run's model and Examples, so `make run` comes first.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from benchmarks.quality import artifacts
from benchmarks.timing import best_seconds
from components.inference import (
    EXAMPLES_PER_BATCH,
    generate_user_embeddings,
    generate_video_embeddings,
)
from components.transform.raw import parse_raw
from pipeline.settings import Settings
from schema import signatures as names
from schema.feature import Side
from schema.features import model_inputs

__all__ = ["generation_ratio"]


def generation_ratio(settings: Settings) -> tuple[float, float]:
    """Seconds to generate every user's and video's vector, and of the towers alone.

    The towers get the features of the same batches, computed beforehand.
    """
    model = tf.saved_model.load(str(artifacts.model(settings, "ReleaseFit")))
    sides = (
        (Side.USER, artifacts.shards(settings, "Users", "all"), generate_user_embeddings),
        (Side.VIDEO, artifacts.shards(settings, "Catalogue", "all"), generate_video_embeddings),
    )
    ours = best_seconds(lambda: [len(list(generate(model, files))) for _, files, generate in sides])
    features = [(side, _features(model, files, side)) for side, files, _ in sides]
    return ours, best_seconds(lambda: [_towers(model, side, batches) for side, batches in features])


def _features(model: Any, files: list[str], side: Side) -> list[tf.Tensor]:
    signature = names.USER_FEATURES if side is Side.USER else names.VIDEO_FEATURES
    records = tf.data.TFRecordDataset(files, "GZIP").batch(EXAMPLES_PER_BATCH)
    raws = (parse_raw(serialized, model_inputs(side)) for serialized in records)
    return [model.signatures[signature](**raw)["features"] for raw in raws]


def _towers(model: Any, side: Side, batches: list[tf.Tensor]) -> list[Any]:
    signature = names.USER_TOWER if side is Side.USER else names.VIDEO_TOWER
    tower = model.signatures[signature]
    return [tower(features=features)[names.EMBEDDING].numpy() for features in batches]
