"""Rows of Examples through a signature of the SavedModel, in batches sized to memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from components.transform.raw import parse_raw
from releases.vectors import Embeddings
from schema.arrays import Float32
from schema.errors import DataError
from schema.features import Feature, Side, columns, model_inputs
from schema.signatures import EMBEDDING

__all__ = ["generate_embeddings"]

EXAMPLES_PER_BATCH = 512


def generate_embeddings(
    signature: Any, files: Sequence[str], side: Side, key: Feature
) -> Iterator[Embeddings]:
    """The embeddings of one side's Examples, batch by batch.

    Raises:
        DataError: if a vector is not finite or not of length 1.
    """
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
