"""The item embedding that both towers share: an id residual plus a projection of the content."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from schema.arrays import Float32

__all__ = ["InitialValues", "ItemEmbedding", "pool_history", "sparse_matmul"]

_PRIOR = 1.0
"""Added to a history's summed weights, so that one video counts less than a mean of several."""


class InitialValues(NamedTuple):
    """Initial values of what both towers share; d is the width of an item embedding.

    Attributes:
        id_residual: [known, d], the part of a known video's embedding that its content lacks.
        projection: [width, d], content to item embedding.
        user_prior: [d], stands for a user without a history.
        id_weight: [known], 0 to 1, weight of the id residual where the video is scored.
        shortcut_weights: [2 * histories], weights of the pooled histories, in their order.
    """

    id_residual: Float32
    projection: Float32
    user_prior: Float32
    id_weight: Float32
    shortcut_weights: list[float]


class ItemEmbedding(tf.keras.layers.Layer):
    """[known + 1, d] id residuals, the last for unknown videos, plus content @ projection.

    An unknown video has the shared residual of the unknown and its own projection, which places it
    near videos of like content (cold start by content). `user_prior` is added to each pooled
    history; it is all that describes a user without decisions. `id_weight` shrinks the residual of
    a scored video by n / (n + k) of its n decisions.

    Args:
        known: videos with a residual of their own.
        width: of the content.
        dimension: d.
    """

    def __init__(self, known: int, width: int, dimension: int) -> None:
        super().__init__()
        self.known = known
        glorot = tf.keras.initializers.GlorotUniform()
        self.id_residual = tf.Variable(
            tf.random.uniform([known + 1, dimension], -0.05, 0.05), name="id_residual"
        )
        self.projection = tf.Variable(glorot([width, dimension]), name="projection")
        self.user_prior = tf.Variable(
            tf.random.uniform([dimension], -0.05, 0.05), name="user_prior"
        )
        self.id_weight = tf.Variable(tf.ones([known + 1]), trainable=False, name="id_weight")

    def id_residual_of(self, index: tf.Tensor, unknown_rate: float = 0.0) -> tf.Tensor:
        """[n] int32 indices of scored videos to [n, d] weighted residuals.

        A share of `unknown_rate` is replaced by the unknown's, which trains it.
        """
        unknown = tf.random.uniform(tf.shape(index)) < unknown_rate
        index = tf.where(unknown, self.known, index)
        return tf.gather(self.id_residual, index) * tf.gather(self.id_weight, index)[:, tf.newaxis]

    def table(self, content: tf.SparseTensor) -> tf.Tensor:
        """[known, width] content to [known + 2, d]: known videos, the unknown, the user prior."""
        projected = sparse_matmul(content, self.projection)
        videos = self.id_residual + tf.pad(projected, [[0, 1], [0, 0]])
        return tf.concat([videos, self.user_prior[tf.newaxis]], axis=0)


def sparse_matmul(left: tf.SparseTensor, right: tf.Tensor) -> tf.Tensor:
    """[n, width] @ [width, m] to [n, m]; rows of `left` in order, no cell twice.

    Uses TensorFlow's CSR kernels on all cores: with the gradient it takes a fifth of
    tf.sparse.sparse_dense_matmul, which runs on one. The kernels' own gradient needs a static n and
    also computes the gradient of `left`, which nothing reads.
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
    batch, kinds, length = tf.shape(histories)[0], histories.shape[1], tf.shape(histories)[2]
    ages = tf.range(tf.cast(length, tf.float32))
    means = [
        tf.reshape(_mean(histories, weights, table), [batch, kinds * table.shape[1]])
        for weights in (tf.ones_like(ages), tf.exp(-ages / decay))
    ]
    return tf.concat(means, axis=1)


def _mean(histories: tf.Tensor, weights: tf.Tensor, table: tf.Tensor) -> tf.Tensor:
    """[batch, histories, d] weighted means; `weights` is [n].

    A sparse product, since gathering every video of every history takes a quarter of a step. Cells
    may come twice and in any order, which `sparse_matmul` does not allow.
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
