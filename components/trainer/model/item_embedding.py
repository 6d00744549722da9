"""The item embedding that both towers share: an id residual plus a projection of the content."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from schema.arrays import Float32

__all__ = ["InitialValues", "ItemEmbedding", "sparse_matmul"]


class InitialValues(NamedTuple):
    """Initial values of what both towers share; d is the width of both of the closed form's parts.

    Attributes:
        id_residual: [known, d], the part of a known video's embedding that its content lacks.
        projection: [width, d], content to item embedding.
        user_prior: [d], stands for a user without a history.
        id_weight: [known], 0 to 1, weight of the id residual where the video is scored.
        shortcut_weights: [2 * histories], weights of the pooled histories, in their order.
        exposure_weight: weight of the pooled exposure.
    """

    id_residual: Float32
    projection: Float32
    user_prior: Float32
    id_weight: Float32
    shortcut_weights: list[float]
    exposure_weight: float


class ItemEmbedding(tf.keras.layers.Layer):
    """[known + 1, d] id residuals, the last for unknown videos, plus content @ projection.

    An unknown video has the shared residual of the unknown and its own projection,
    which places it near videos of like content (cold start by content). `user_prior` is added to
    each pooled history; it is all that describes a user without decisions. `id_weight` shrinks the
    residual of a scored video by n / (n + k) of its n decisions.

    Args:
        known: videos with a residual of their own.
        width: of the content.
        dimension: d.
        trained: whether gradients change it.
    """

    def __init__(self, known: int, width: int, dimension: int, *, trained: bool) -> None:
        super().__init__()
        self.known = known

        def variable(values: tf.Tensor, name: str) -> tf.Variable:
            return tf.Variable(values, trainable=trained, name=name)

        glorot = tf.keras.initializers.GlorotUniform()
        small = tf.random.uniform([known + 1, dimension], -0.05, 0.05)
        self.id_residual = variable(small, "id_residual")
        self.projection = variable(glorot([width, dimension]), "projection")
        self.user_prior = variable(tf.random.uniform([dimension], -0.05, 0.05), "user_prior")
        self.id_weight = tf.Variable(tf.ones([known + 1]), trainable=False, name="id_weight")

    def initialize(self, initial: InitialValues) -> None:
        """Assigns the first d columns of these values."""
        d = self.user_prior.shape[0]
        self.id_residual.assign(tf.pad(initial.id_residual[:, :d], [[0, 1], [0, 0]]))
        self.projection.assign(initial.projection[:, :d])
        self.user_prior.assign(initial.user_prior[:d])
        self.id_weight.assign(tf.pad(initial.id_weight, [[0, 1]], constant_values=1.0))

    def id_residual_of(self, index: tf.Tensor, unknown_rate: float = 0.0) -> tf.Tensor:
        """[n] int32 indices of scored videos to [n, d] weighted residuals.

        A share of `unknown_rate` is replaced by the unknown's, which trains it.
        """
        unknown = tf.random.uniform(tf.shape(index)) < unknown_rate
        index = tf.where(unknown, self.known, index)
        return tf.gather(self.id_residual, index) * tf.gather(self.id_weight, index)[:, tf.newaxis]

    def scored(
        self, rows: tf.Tensor, content: tf.SparseTensor, unknown_rate: float = 0.0
    ) -> tf.Tensor:
        """[n, d] embeddings of scored videos: [n] rows of the catalogue, [n, width] content."""
        residual = self.id_residual_of(tf.minimum(rows, self.known), unknown_rate)
        return residual + sparse_matmul(content, self.projection)

    def table(self, content: tf.SparseTensor) -> tf.Tensor:
        """[known, width] content to [known + 2, d]: known videos, the unknown, the user prior."""
        projected = sparse_matmul(content, self.projection)
        videos = self.id_residual + tf.pad(projected, [[0, 1], [0, 0]])
        return tf.concat([videos, self.user_prior[tf.newaxis]], axis=0)


def sparse_matmul(left: tf.SparseTensor, right: tf.Tensor) -> tf.Tensor:
    """[n, width] @ [width, m] to [n, m]; rows of `left` in order, a cell that comes twice is added.

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
