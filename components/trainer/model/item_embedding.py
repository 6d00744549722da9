"""Item vectors: what the two towers share. A history is pooled over them, a video adds its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf

__all__ = ["Items", "Start", "pool", "product"]

_PRIOR = 1.0
"""Added to the weights of a history: one video says less than the mean of several."""


Floats = npt.NDArray[np.float32]


class Start(NamedTuple):
    """First values of what both towers share; d is the width of an item vector.

    Attributes:
        own: [known, d], what a video has beside its content.
        projection: [width, d], of the content.
        everybody: [d], for a user without a history.
        trust: [known], 0 to 1, how much a video's own part counts where it is a candidate.
        shares: [2 * histories], what the means of the histories count, as `pool` orders them.
    """

    own: Floats
    projection: Floats
    everybody: Floats
    trust: Floats
    shares: list[float]


class Items(tf.keras.layers.Layer):
    """A video's vector: a learned one of its own plus a projection of its content.

    A video that the model does not know has the projection and a shared vector for the unknown,
    so that it has a place near videos of like content (cold start by content). `everybody` is
    added to each mean of a history: it is all that is known of a user who has decided on nothing.
    `trust` says how much of a video's own part counts where it is a candidate: with few decisions,
    little.
    """

    def __init__(self, known: int, width: int, dimension: int) -> None:
        """Takes how many videos the model knows, the width of the content, and of the vectors."""
        super().__init__()
        self.known = known
        start = tf.keras.initializers.GlorotUniform()
        self.own = tf.Variable(tf.random.uniform([known + 1, dimension], -0.05, 0.05), name="own")
        self.projection = tf.Variable(start([width, dimension]), name="projection")
        self.everybody = tf.Variable(tf.random.uniform([dimension], -0.05, 0.05), name="everybody")
        self.trust = tf.Variable(tf.ones([known + 1]), trainable=False, name="trust")

    def own_of(self, index: tf.Tensor, unknown_rate: float = 0.0) -> tf.Tensor:
        """[n] indices of candidates to [n, dimension].

        Some are taken for unknown, so that unknown is learned.
        """
        unknown = tf.random.uniform(tf.shape(index)) < unknown_rate
        index = tf.where(unknown, self.known, index)
        return tf.gather(self.own, index) * tf.gather(self.trust, index)[:, tf.newaxis]

    def table(self, content: tf.SparseTensor) -> tf.Tensor:
        """[known, width] content to [known + 2, dimension]: then the unknown's, everybody's."""
        projected = product(content, self.projection)
        own = self.own + tf.pad(projected, [[0, 1], [0, 0]])
        return tf.concat([own, self.everybody[tf.newaxis]], axis=0)


def product(left: tf.SparseTensor, right: tf.Tensor) -> tf.Tensor:
    """[n, width] times [width, m]; the rows of `left` in order, no cell twice.

    By TensorFlow's CSR kernels, which use all cores: with its gradient it takes a fifth of what
    tf.sparse.sparse_dense_matmul takes on one. Their own gradient wants n beforehand, and computes
    that of `left` too, which nobody asks for.
    """
    csr = tf.raw_ops.SparseTensorToCSRSparseMatrix(
        indices=left.indices, values=left.values, dense_shape=left.dense_shape
    )

    @tf.custom_gradient
    def times(dense: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        def gradient(above: tf.Tensor) -> tf.Tensor:
            return tf.raw_ops.SparseMatrixMatMul(a=csr, b=above, transpose_a=True)

        return tf.raw_ops.SparseMatrixMatMul(a=csr, b=dense), gradient

    return tf.ensure_shape(times(tf.convert_to_tensor(right)), [None, right.shape[1]])


def pool(histories: tf.Tensor, table: tf.Tensor, decay: float) -> tf.Tensor:
    """Each history's plain mean, then each one's mean that weighs the newest most.

    Each sum is divided by the weights of all the user's histories together, so that few nopes
    beside many likes stay few. Everybody's vector is added to each mean.

    Args:
        histories: [batch, histories, n] int32 rows of the table, newest first, -1 for none.
        table: [rows, dimension] float32, everybody's last.
        decay: the weight of the video at rank r is exp(-r / decay).

    Returns:
        [batch, 2 * histories * dimension].
    """
    batch, kinds, length = tf.shape(histories)[0], histories.shape[1], tf.shape(histories)[2]
    ages = tf.range(tf.cast(length, tf.float32))
    means = [
        tf.reshape(_mean(histories, weights, table), [batch, kinds * table.shape[1]])
        for weights in (tf.ones_like(ages), tf.exp(-ages / decay))
    ]
    return tf.concat(means, axis=1)


def _mean(histories: tf.Tensor, weights: tf.Tensor, table: tf.Tensor) -> tf.Tensor:
    """A sparse product: gathering each video of each history costs a quarter of a step.

    A cell may be there twice, and in any order, which `product` could not take.
    """
    bags = tf.reshape(histories, [-1, tf.shape(histories)[2]])
    there = tf.where(bags >= 0)
    columns = tf.cast(tf.gather_nd(bags, there), tf.int64)
    shape = tf.stack([tf.shape(bags, tf.int64)[0], tf.shape(table, tf.int64)[0]])
    cells = tf.stack([there[:, 0], columns], axis=1)
    bag = tf.SparseTensor(cells, tf.gather(weights, there[:, 1]), shape)
    sums = tf.sparse.sparse_dense_matmul(bag, table)
    total = tf.reduce_sum(tf.cast(histories >= 0, tf.float32) * weights, axis=[1, 2]) + _PRIOR
    kinds = histories.shape[1]
    return (
        tf.reshape(sums, [-1, kinds, table.shape[1]]) / total[:, tf.newaxis, tf.newaxis] + table[-1]
    )
