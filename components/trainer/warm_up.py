"""The requests that a model server answers by itself before it serves the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

from components.transform.raw import signature_of
from schema import signatures as names
from schema.feature import Side
from schema.features import HISTORY_LENGTH, model_inputs

__all__ = ["write_warm_up"]

_BATCH = 32


def write_warm_up(folder: Path) -> None:
    """Puts two requests for user embeddings beside the SavedModel in `folder`.

    One is for a single user of whom nothing is known, one for a batch of them with lists as long as
    histories get. They hold nothing but what stands for missing values: no person's data.
    """
    path = folder / names.WARM_UP_FILE
    path.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for shape in ((1, 1), (_BATCH, HISTORY_LENGTH)):
            writer.write(_record(shape).SerializeToString(deterministic=True))


def _record(shape: tuple[int, int]) -> Any:
    """A request of that many users, whose lists are that long."""
    log = PredictionLog()
    request = log.predict_log.request
    request.model_spec.name = names.MODEL_NAME
    request.model_spec.signature_name = names.SERVING_DEFAULT
    columns = model_inputs(Side.USER)
    specs = signature_of(columns)
    for column in columns:
        spec = specs[column.name]
        values = np.full(shape[: spec.shape.rank], column.absent, spec.dtype.as_numpy_dtype)
        request.inputs[column.name].CopyFrom(tf.make_tensor_proto(values, spec.dtype))
    return log
