"""One vector for a history of videos: weighted means of their item embeddings."""

from __future__ import annotations

import tensorflow as tf

from components.trainer.model.item_embedding import sparse_matmul

__all__ = ["PRIOR", "pool_exposure", "pool_history"]

PRIOR = 1.0
"""Added to a history's summed weights, so that one video counts less than a mean of several."""


def pool_history(histories: tf.Tensor, table: tf.Tensor, decay: float) -> tf.Tensor:
    """The plain means of all histories, then their recency-weighted means, plus the user prior.

    Each sum is divided by the weights of all the user's histories together, so that few nopes
    beside many likes count little.

    Args:
        histories: [batch, histories, n] int32 rows of the table, newest first, -1 for none.
        table: [rows, d] float32, the user prior last.
        decay: the weight of the video at rank r is exp(-r / decay).

    Returns:
        [batch, 2 * histories * d] float32.
    """
    batch, kinds = tf.shape(histories)[0], histories.shape[1]
    ranks = tf.range(tf.cast(tf.shape(histories)[2], tf.float32))
    means = [
        tf.reshape(_mean(histories, weights, table) + table[-1], [batch, kinds * table.shape[1]])
        for weights in (tf.ones_like(ranks), tf.exp(-ranks / decay))
    ]
    return tf.concat(means, axis=1)


def pool_exposure(histories: tf.Tensor, table: tf.Tensor, share: float) -> tf.Tensor:
    """One mean over all that a user has decided on, liked or not, the newest weighted most.

    Args:
        histories: as for `pool_history`.
        table: [rows, d] float32.
        share: the video at rank r of a history of n weighs exp(-r / (share * n)).

    Returns:
        [batch, d] float32.
    """
    lengths = tf.reduce_sum(tf.cast(histories >= 0, tf.float32), axis=2, keepdims=True)
    ranks = tf.range(tf.cast(tf.shape(histories)[2], tf.float32))
    weights = tf.exp(-ranks / (share * tf.maximum(lengths, 1.0)))
    return tf.reduce_sum(_mean(histories, weights, table), axis=1)


def _mean(histories: tf.Tensor, weights: tf.Tensor, table: tf.Tensor) -> tf.Tensor:
    """[batch, histories, d] weighted means; `weights` broadcasts to the histories' shape.

    A sparse product, since gathering every video of every history takes a quarter of a step.
    """
    kinds, length = histories.shape[1], tf.shape(histories)[2]
    weights = tf.where(histories >= 0, weights, 0.0)
    bags = tf.reshape(histories, [-1, length])
    there = tf.where(bags >= 0)
    columns = tf.cast(tf.gather_nd(bags, there), tf.int64)
    shape = tf.stack([tf.shape(bags, tf.int64)[0], tf.shape(table, tf.int64)[0]])
    cells = tf.stack([there[:, 0], columns], axis=1)
    bag = tf.SparseTensor(cells, tf.gather_nd(tf.reshape(weights, [-1, length]), there), shape)
    sums = tf.reshape(sparse_matmul(bag, table), [-1, kinds, table.shape[1]])
    total = tf.reduce_sum(weights, axis=[1, 2]) + PRIOR
    return sums / total[:, tf.newaxis, tf.newaxis]
