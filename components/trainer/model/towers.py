"""The owner's towers, each with a short way from the item vectors to its end."""

from __future__ import annotations

import tensorflow as tf

from components.trainer.settings import TrainSettings
from schema.signatures import DIMENSION

__all__ = ["Tower"]

_BEGIN = 0.2
"""Of the usual first weights, in the video's last layer."""


class Tower(tf.keras.layers.Layer):
    """[batch, width] float32 to [batch, 768], L2-normalised.

    Dense 512 ReLU, Dropout, Dense 256 ReLU, Dropout, Dense 768 tanh (the owner's), plus, where the
    settings ask for it, the shortcut and the level, then L2. The shortcut, on the first of the
    768, is the weighted sum of the last item vectors among the features: a video's own, or the
    means of what a user liked and noped. It is the same on both sides, so that a history meets a
    video on equal terms. The level, on the others, is a constant of the video's side: it keeps
    short item vectors, of videos that few have decided on, from being made as long as the rest.

    At first the shortcut alone decides: the user's last layer begins at zero, the video's at zero
    where the shortcut is and small elsewhere. Were both zero everywhere, neither would have a
    gradient from the other.

    Args:
        settings: hyper-parameters.
        width: of the features.
        shares: first weights of the item vectors that end the features, in their order.
        level: 0 for the user's side.
        name: in the SavedModel.
    """

    def __init__(
        self,
        settings: TrainSettings,
        width: int,
        shares: tuple[float, ...],
        level: float,
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
        self.count, self.dimension = len(shares), settings.item_dimension
        self.shares = None
        if settings.direct:
            self.shares = tf.Variable(shares, name="shares")
            self.beyond = DIMENSION - self.dimension
            self.level = tf.pad(tf.fill([1, self.beyond], level), [[0, 0], [self.dimension, 0]])
            kept = tf.fill([self.beyond], _BEGIN if level else 0.0)
            layers[-1].kernel.assign(layers[-1].kernel * tf.pad(kept, [[self.dimension, 0]]))

    def call(self, features: tf.Tensor, *, training: bool = False) -> tf.Tensor:
        """All features at once, as served."""
        return self.from_hidden(features @ self.first.kernel, features, training=training)

    def from_hidden(self, product: tf.Tensor, end: tf.Tensor, *, training: bool) -> tf.Tensor:
        """The rest of the way from the first layer's product, [batch, 512].

        Args:
            product: features @ first.kernel; the fit computes its sparse part sparsely.
            end: [batch, at least the item vectors], the end of the features.
            training: whether dropout is on.
        """
        hidden = self.first.activation(product + self.first.bias)
        for layer in self.rest:
            hidden = layer(hidden, training=training) if _drops(layer) else layer(hidden)
        if self.shares is not None:
            hidden += tf.pad(self._shortcut(end), [[0, 0], [0, self.beyond]]) + self.level
        return tf.math.l2_normalize(hidden, axis=1)

    def _shortcut(self, end: tf.Tensor) -> tf.Tensor:
        width = self.count * self.dimension
        vectors = tf.reshape(end[:, -width:], [-1, self.count, self.dimension])
        return tf.einsum("bnd,n->bd", vectors, self.shares)


def _drops(layer: tf.keras.layers.Layer) -> bool:
    return isinstance(layer, tf.keras.layers.Dropout)
