"""Examples to tensors: the catalogue once, the decisions as rows of users at moments."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from components.trainer.encoder import Encoded, Encoder
from components.trainer.raw import parse_raw
from schema.features import (
    CANDIDATES,
    LABELS,
    PROBABILITIES,
    VIDEO_ID,
    Side,
    columns,
    features,
    model_inputs,
)

__all__ = ["Catalogue", "batches", "load_catalogue", "load_moments"]

ROWS_AT_A_TIME = 1024

Moments = dict[str, tf.Tensor]


class Catalogue:
    """Every video, encoded: row i of `encoded` is the video `ids[i]`."""

    def __init__(self, ids: tf.Tensor, encoded: Encoded) -> None:
        """Takes [videos] strings and their rows."""
        self.ids = ids
        self.encoded = encoded
        rows = tf.range(tf.size(ids, out_type=tf.int32))
        initializer = tf.lookup.KeyValueTensorInitializer(ids, rows)
        self._rows = tf.lookup.StaticHashTable(initializer, default_value=-1)

    def rows(self, ids: tf.Tensor) -> tf.Tensor:
        """Ids of any shape to int32 rows; -1 for none and for a video not in the catalogue."""
        return self._rows.lookup(ids)


def load_catalogue(files: Sequence[str], encoder: Encoder) -> Catalogue:
    """Reads and encodes every video."""
    wanted = columns(features(Side.VIDEO))

    @tf.function
    def encode(serialized: tf.Tensor) -> tuple[tf.Tensor, Encoded]:
        raw = parse_raw(serialized, wanted)
        return raw[VIDEO_ID.name], encoder(raw)

    parts = list(_records(files).map(encode, tf.data.AUTOTUNE))
    ids = tf.concat([part_ids for part_ids, _ in parts], 0)
    dense = tf.concat([encoded.dense for _, encoded in parts], 0)
    return Catalogue(ids, Encoded(dense, tf.concat([encoded.videos for _, encoded in parts], 0)))


def load_moments(files: Sequence[str], encoder: Encoder, catalogue: Catalogue) -> Moments:
    """One row is one user at one moment, with the videos asked about then.

    Returns:
        `dense` [rows, width], `histories` [rows, histories, n], and `candidates` (rows of the
        catalogue, -1 for none), `labels` and `probabilities`, each [rows, k].
    """
    wanted = (*model_inputs(Side.USER), *columns((CANDIDATES, LABELS, PROBABILITIES)))

    @tf.function
    def encode(serialized: tf.Tensor) -> Moments:
        raw = parse_raw(serialized, wanted)
        user = encoder(raw)
        return {
            "dense": user.dense,
            "histories": user.videos,
            "candidates": catalogue.rows(raw[CANDIDATES.name]),
            "labels": raw[LABELS.name],
            "probabilities": raw[PROBABILITIES.name],
        }

    parts = list(_records(files).map(encode, tf.data.AUTOTUNE))
    width = max(part["candidates"].shape[1] for part in parts)
    absent = {"candidates": -1, "labels": 0.0, "probabilities": 1.0}
    for part in parts:
        for name, value in absent.items():
            gap = width - part[name].shape[1]
            part[name] = tf.pad(part[name], [[0, 0], [0, gap]], constant_values=value)
    return {name: tf.concat([part[name] for part in parts], 0) for name in parts[0]}


def batches(
    moments: Moments, size: int, *, seed: int | None = None, most: int | None = None
) -> tf.data.Dataset:
    """The rows in batches; where there is a seed, at most `most`, drawn anew for every pass."""
    rows = int(moments["candidates"].shape[0])
    order = tf.data.Dataset.range(rows)
    if seed is not None:
        order = order.shuffle(rows, seed=seed).take(most or rows)

    def take(chosen: tf.Tensor) -> Moments:
        return {name: tf.gather(value, chosen) for name, value in moments.items()}

    return order.batch(size).map(take).prefetch(2)


def _records(files: Sequence[str]) -> tf.data.Dataset:
    return tf.data.TFRecordDataset(files, "GZIP").batch(ROWS_AT_A_TIME)
