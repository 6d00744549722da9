"""Inference on rows of Examples by a signature of the SavedModel, in batches sized to memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from components.transform.raw import parse_raw
from releases.vectors import Embeddings
from schema.arrays import Float32
from schema.errors import DataError
from schema.feature import Feature, Side, columns
from schema.features import USER_ID, VIDEO_ID, model_inputs
from schema.signatures import EMBEDDING, SERVING_DEFAULT, USER_START, VIDEO_EMBEDDING

__all__ = ["generate_start_embeddings", "generate_user_embeddings", "generate_video_embeddings"]

EXAMPLES_PER_BATCH = 512


def generate_user_embeddings(model: Any, files: Sequence[str]) -> Iterator[Embeddings]:
    """The users' embeddings, in the order of the rows.

    Args:
        model: a loaded SavedModel.
        files: shards of Examples with a user's raw features in each row.

    Yields:
        [at most 512] ids and [at most 512, 768] float32, L2-normalised.

    Raises:
        DataError: if a vector is not finite or not of length 1.
    """
    return _generate(model.signatures[SERVING_DEFAULT], files, Side.USER, USER_ID)


def generate_video_embeddings(model: Any, files: Sequence[str]) -> Iterator[Embeddings]:
    """The videos' embeddings, in the order of the rows.

    Args:
        model: a loaded SavedModel.
        files: shards of Examples with a video's raw features in each row.

    Yields:
        [at most 512] ids and [at most 512, 768] float32, L2-normalised.

    Raises:
        DataError: if a vector is not finite or not of length 1.
    """
    return _generate(model.signatures[VIDEO_EMBEDDING], files, Side.VIDEO, VIDEO_ID)


def generate_start_embeddings(model: Any, files: Sequence[str]) -> Iterator[Embeddings]:
    """As `generate_user_embeddings`, of a model with a closed form, by that alone."""
    return _generate(model.signatures[USER_START], files, Side.USER, USER_ID)


def _generate(
    signature: Any, files: Sequence[str], side: Side, key: Feature
) -> Iterator[Embeddings]:
    inputs = model_inputs(side)
    wanted = {column.name: column for column in (*columns((key,)), *inputs)}
    for serialized in tf.data.TFRecordDataset(files, "GZIP").batch(EXAMPLES_PER_BATCH):
        raw = parse_raw(serialized, wanted.values())
        vectors = signature(**{c.name: raw[c.name] for c in inputs})[EMBEDDING].numpy()
        _check(vectors)
        yield Embeddings([text.decode() for text in raw[key.name].numpy()], vectors)


def _check(vectors: Float32) -> None:
    norms = np.linalg.norm(vectors, axis=1)
    if not np.allclose(norms, 1.0, atol=1e-3):
        worst = float(norms[np.argmax(np.abs(norms - 1.0))])
        raise DataError("embeddings of length 1", f"one of {worst}", "the model is not usable")
