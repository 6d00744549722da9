"""The part of both embeddings that no gradient changes: the closed form's vectors."""

from __future__ import annotations

import tensorflow as tf

from components.trainer.inputs.catalogue import Catalogue
from components.trainer.model.item_embedding import InitialValues, ItemEmbedding
from components.trainer.model.pooling import pool_exposure, pool_history
from components.trainer.settings import TrainSettings

__all__ = ["ClosedPart"]


class ClosedPart(tf.keras.layers.Layer):
    """Item embeddings of two parts, and the weights of a user's histories over each.

    The likes' part says which videos the same users like, the exposure's which ones the same users
    decide on, liked or not. A sum of two dot products is one dot product of what is concatenated,
    so the cosine of two such vectors needs no other layer (`fitting/closed_form.py`).

    Args:
        settings: hyper-parameters.
        known: videos with an id residual of their own.
        width: of the content.
        size: rows of the catalogue.
        histories: how many histories a user has.
    """

    def __init__(
        self, settings: TrainSettings, known: int, width: int, size: int, histories: int
    ) -> None:
        super().__init__(name="closed_part")
        self._settings = settings
        self._parts = (settings.item_dimension, settings.exposure_dimension)
        self.items = ItemEmbedding(known, width, sum(self._parts), trained=False)
        self.weights_of_means = tf.Variable(tf.zeros([2 * histories]), trainable=False)
        self.weight_of_exposure = tf.Variable(0.0, trainable=False)
        self.table = tf.Variable(tf.zeros([known + 2, sum(self._parts)]), trainable=False)
        self.catalogue = tf.Variable(tf.zeros([size, sum(self._parts)]), trainable=False)

    def initialize(self, initial: InitialValues, catalogue: Catalogue) -> None:
        """Assigns the closed form and what follows from it for every video of the catalogue."""
        self.items.initialize(initial)
        self.weights_of_means.assign(initial.shortcut_weights)
        self.weight_of_exposure.assign(initial.exposure_weight)
        self.table.assign(self.items.table(catalogue.known_content))
        rows = tf.range(catalogue.size)
        self.catalogue.assign(self.items.scored(rows, catalogue.content))

    def of_users(self, histories: tf.Tensor, table: tf.Tensor) -> tf.Tensor:
        """[batch, d] float32 from [batch, histories, n] rows of the [known + 2, d] table."""
        likes, exposures = tf.split(table, self._parts, axis=1)
        means = pool_history(histories, likes, self._settings.history_decay)
        means = tf.reshape(means, [-1, self.weights_of_means.shape[0], likes.shape[1]])
        liked = tf.einsum("bnd,n->bd", means, self.weights_of_means)
        exposed = pool_exposure(histories, exposures, self._settings.exposure_share)
        return tf.concat([liked, self.weight_of_exposure * exposed], axis=1)
