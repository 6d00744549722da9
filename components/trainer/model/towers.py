"""The specified towers, each with a shortcut from the item embeddings to its output."""

from __future__ import annotations

import tensorflow as tf

from components.trainer.settings import TrainSettings
from schema.signatures import DIMENSION

__all__ = ["Tower"]

_LAST_KERNEL_SCALE = 0.2
"""Factor on the usual initial weights of the video tower's last layer."""


class Tower(tf.keras.layers.Layer):
    """[batch, width] float32 to [batch, 768] float32, L2-normalised.

    Dense 512 ReLU, Dropout, Dense 256 ReLU, Dropout, Dense 768 tanh, as specified. Where the
    settings ask for them, two terms are added before the normalisation:

    - the shortcut (a skip connection), on the first d of the 768: the weighted sum of the item
      embeddings that end the features. These are a video's own or a user's pooled histories, so
      that both sides are compared in one space.
    - the constant component, on the others and on the video's side alone. It keeps the item
      embedding of a video with few decisions short after normalisation.

    Initially the shortcut alone decides: the user tower's last kernel is 0, the video tower's is 0
    on the shortcut's d and small elsewhere. With both 0 neither would pass a gradient to the other.

    Args:
        settings: hyper-parameters.
        width: of the features.
        shortcut_weights: initial weights of the item embeddings that end the features, in order.
        constant_component: value of each component beyond the first d; 0 on the user's side.
        name: in the SavedModel.
    """

    def __init__(
        self,
        settings: TrainSettings,
        width: int,
        shortcut_weights: tuple[float, ...],
        constant_component: float,
        name: str,
    ) -> None:
        super().__init__(name=name)
        self.width = width
        layers: list[tf.keras.layers.Layer] = []
        for units in settings.hidden:
            layers += [tf.keras.layers.Dense(units, activation="relu")]
            layers += [tf.keras.layers.Dropout(settings.dropout)]
        layers += [tf.keras.layers.Dense(DIMENSION, activation="tanh")]
        self.first, *self.rest = layers
        width_now = width
        for layer in layers:
            layer.build([None, width_now])
            width_now = getattr(layer, "units", width_now)
        self.count, self.dimension = len(shortcut_weights), settings.item_dimension
        self.shortcut_weights = None
        if settings.use_shortcut:
            self.shortcut_weights = tf.Variable(shortcut_weights, name="shortcut_weights")
            self.beyond = DIMENSION - self.dimension
            constant = tf.fill([1, self.beyond], constant_component)
            self.constant = tf.pad(constant, [[0, 0], [self.dimension, 0]])
            scale = tf.fill([self.beyond], _LAST_KERNEL_SCALE if constant_component else 0.0)
            layers[-1].kernel.assign(layers[-1].kernel * tf.pad(scale, [[self.dimension, 0]]))

    def call(self, features: tf.Tensor, *, training: bool = False) -> tf.Tensor:
        """[batch, width] features to [batch, 768], as served."""
        return self.from_hidden(features @ self.first.kernel, features, training=training)

    def from_hidden(self, product: tf.Tensor, end: tf.Tensor, *, training: bool) -> tf.Tensor:
        """[batch, 768] from the first layer's product.

        Args:
            product: [batch, 512] features @ first.kernel; the fit computes it sparsely.
            end: [batch, at least count * d], the end of the features: the item embeddings.
            training: whether dropout is on.
        """
        hidden = self.first.activation(product + self.first.bias)
        for layer in self.rest:
            hidden = layer(hidden, training=training) if _drops(layer) else layer(hidden)
        if self.shortcut_weights is not None:
            hidden += tf.pad(self._shortcut(end), [[0, 0], [0, self.beyond]]) + self.constant
        return tf.math.l2_normalize(hidden, axis=1)

    def _shortcut(self, end: tf.Tensor) -> tf.Tensor:
        """[batch, d] weighted sum of the last `count` item embeddings of `end`."""
        width = self.count * self.dimension
        vectors = tf.reshape(end[:, -width:], [-1, self.count, self.dimension])
        return tf.einsum("bnd,n->bd", vectors, self.shortcut_weights)


def _drops(layer: tf.keras.layers.Layer) -> bool:
    return isinstance(layer, tf.keras.layers.Dropout)
