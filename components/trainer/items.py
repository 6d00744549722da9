"""Item vectors: what the two towers share. A history is pooled over them, a video adds its own."""

from __future__ import annotations

import tensorflow as tf

__all__ = ["Items", "pool"]


class Items(tf.keras.layers.Layer):
    """A video's vector: a learned one of its own plus a projection of its content.

    A video that the model does not know has the projection and a shared vector for the unknown,
    so that it has a place near videos of like content (cold start by content).
    """

    def __init__(self, known: int, width: int, dimension: int) -> None:
        """Takes how many videos the model knows, the width of the content, and of the vectors."""
        super().__init__()
        self.known = known
        start = tf.keras.initializers.GlorotUniform()
        self.own = tf.Variable(tf.random.uniform([known + 1, dimension], -0.05, 0.05), name="own")
        self.projection = tf.Variable(start([width, dimension]), name="projection")

    def own_of(self, index: tf.Tensor, unknown_rate: float = 0.0) -> tf.Tensor:
        """[n] indices to [n, dimension]; some are taken for unknown, so that unknown is learned."""
        unknown = tf.random.uniform(tf.shape(index)) < unknown_rate
        return tf.gather(self.own, tf.where(unknown, self.known, index))

    def table(self, content: tf.SparseTensor) -> tf.Tensor:
        """[known, width] content to [known + 1, dimension]; the last row is the unknown video's."""
        projected = tf.sparse.sparse_dense_matmul(content, self.projection)
        return self.own + tf.pad(projected, [[0, 1], [0, 0]])


def pool(histories: tf.Tensor, table: tf.Tensor, decay: float) -> tf.Tensor:
    """Each history's plain mean, then each one's mean that weighs the newest most.

    Args:
        histories: [batch, histories, n] int32 rows of the table, newest first, -1 for none.
        table: [rows, dimension] float32.
        decay: the weight of the video at rank r is exp(-r / decay).

    Returns:
        [batch, 2 * histories * dimension]; zeros for a history without a video.
    """
    batch, kinds, length = tf.shape(histories)[0], histories.shape[1], tf.shape(histories)[2]
    ages = tf.range(tf.cast(length, tf.float32))
    means = [
        tf.reshape(_mean(histories, weights, table), [batch, kinds * table.shape[1]])
        for weights in (tf.ones_like(ages), tf.exp(-ages / decay))
    ]
    return tf.concat(means, axis=1)


def _mean(histories: tf.Tensor, weights: tf.Tensor, table: tf.Tensor) -> tf.Tensor:
    """A sparse product: gathering each video of each history costs a quarter of a step."""
    bags = tf.reshape(histories, [-1, tf.shape(histories)[2]])
    there = tf.where(bags >= 0)
    columns = tf.cast(tf.gather_nd(bags, there), tf.int64)
    shape = tf.stack([tf.shape(bags, tf.int64)[0], tf.shape(table, tf.int64)[0]])
    cells = tf.stack([there[:, 0], columns], axis=1)
    bag = tf.SparseTensor(cells, tf.gather(weights, there[:, 1]), shape)
    total = tf.reduce_sum(tf.cast(bags >= 0, tf.float32) * weights, axis=1, keepdims=True)
    return tf.math.divide_no_nan(tf.sparse.sparse_dense_matmul(bag, table), total)
