"""Candidates of the softmax: which are drawn, how often, and which a user has seen; dropout."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

__all__ = [
    "Aged",
    "distinct_ages",
    "expected_counts",
    "history_dropout",
    "positions",
    "sample_videos",
    "seen_rows",
]


_AGE_STEPS = 64
"""An encoded age is 0 to 1, a logarithm; a step is a sixth of the age in days."""


class Aged(NamedTuple):
    """Drawn videos at an age; no pair of both comes twice.

    Attributes:
        place: [n] int32 of the video among those drawn.
        age: [n] float32, encoded.
    """

    place: tf.Tensor
    age: tf.Tensor


def distinct_ages(own: tf.Tensor, places: tf.Tensor, ages: tf.Tensor) -> tuple[Aged, tf.Tensor]:
    """Each video and age that a step needs, once, since the video tower is most of a step.

    Args:
        own: [drawn] float32 ages of the drawn videos in the catalogue.
        places: [pairs] int32 of the pairs' videos among them.
        ages: [pairs] float32, of the same videos at the moment.

    Returns:
        The videos at their own age in their order, then what the pairs need beyond, and the [pairs]
        int32 place of each pair in both together. Ages are rounded.
    """
    steps = tf.cast(tf.round(_AGE_STEPS * tf.concat([own, ages], 0)), tf.int32)
    every = tf.concat([tf.range(tf.size(own)), places], 0)
    once, index = tf.unique(every * (_AGE_STEPS + 1) + steps)
    age = tf.cast(once % (_AGE_STEPS + 1), tf.float32) / _AGE_STEPS
    return Aged(once // (_AGE_STEPS + 1), age), index[tf.size(own) :]


def sample_videos(targets: tf.Tensor, queried: tf.Tensor, size: int, count: int) -> tf.Tensor:
    """[n] int32 distinct rows of the catalogue: the batch's own and uniformly drawn ones.

    Args:
        targets: [batch, t] int32 rows of liked videos, -1 for none.
        queried: [pairs] int32 rows of the pairs' videos.
        size: rows of the catalogue.
        count: rows to draw, with replacement.
    """
    others = tf.random.uniform([count], 0, size, tf.int32)
    own = tf.boolean_mask(targets, targets >= 0)
    return tf.unique(tf.concat([own, queried, others], 0))[0]


def expected_counts(targets: tf.Tensor, sampled: tf.Tensor, uniform: float) -> tf.Tensor:
    """[n] float32: how often each candidate is expected in a batch, for the logQ correction.

    Args:
        targets: [batch, t] int32 rows of liked videos, -1 for none.
        sampled: [n] float32 sampling probability of each candidate as a liked video.
        uniform: expected count of any candidate among those drawn uniformly.
    """
    likes = tf.reduce_sum(tf.cast(targets >= 0, tf.float32))
    return uniform + likes * sampled


def positions(drawn: tf.Tensor, rows: tf.Tensor, size: int) -> tf.Tensor:
    """[...] int32 positions in `drawn` [n] of catalogue rows [...]; each must be in `drawn`."""
    order = tf.range(tf.size(drawn))
    return tf.gather(tf.scatter_nd(drawn[:, tf.newaxis], order, [size]), rows)


def seen_rows(histories: tf.Tensor, known: int, size: int) -> tf.Tensor:
    """[batch, histories, n] int32 to [batch, size] bool: the catalogue rows in a user's histories.

    Rows from `known` on, which no history can name, are False.
    """
    there = tf.logical_and(histories >= 0, histories < known)
    where = tf.where(there)
    cells = tf.stack([where[:, 0], tf.cast(tf.boolean_mask(histories, there), tf.int64)], 1)
    shape = tf.stack([tf.shape(histories, tf.int64)[0], size])
    return tf.scatter_nd(cells, tf.ones_like(cells[:, 0], tf.int32), shape) > 0


def history_dropout(histories: tf.Tensor, rate: float) -> tf.Tensor:
    """[batch, histories, n] int32, some entries replaced by -1.

    The share left out is drawn for each user, uniformly from 0 to `rate`.
    """
    share = rate * tf.random.uniform([tf.shape(histories)[0], 1, 1])
    kept = tf.random.uniform(tf.shape(histories)) >= share
    return tf.where(kept, histories, -1)
