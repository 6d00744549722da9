"""The owner's towers, each with a short way from the item vectors to its end."""

from __future__ import annotations

import tensorflow as tf

from components.trainer.settings import TrainSettings
from schema.signatures import DIMENSION

__all__ = ["Tower"]


class Tower(tf.keras.layers.Layer):
    """[batch, width] float32 to [batch, 768], L2-normalised.

    Dense 512 ReLU, Dropout, Dense 256 ReLU, Dropout, Dense 768 tanh (the owner's), plus
    `shortcut @ direct` where the settings ask for it, then L2. The shortcut is the weighted sum
    of the last item vectors among the features: a video's own, or the means of what a user liked
    and noped. `direct` is shared by both towers, so that a history meets a video on equal terms.

    Args:
        settings: hyper-parameters.
        width: of the features.
        direct: [item dimension, 768], or None for the owner's tower alone.
        shares: first weights of the item vectors that end the features, in their order.
        name: in the SavedModel.
    """

    def __init__(
        self,
        settings: TrainSettings,
        width: int,
        direct: tf.Variable | None,
        shares: tuple[float, ...],
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
        self.direct = direct
        self.count, self.dimension = len(shares), 0 if direct is None else int(direct.shape[0])
        self.shares = tf.Variable(shares, name="shares") if direct is not None else None

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
        if self.direct is not None:
            hidden += self._shortcut(end) @ self.direct
        return tf.math.l2_normalize(hidden, axis=1)

    def _shortcut(self, end: tf.Tensor) -> tf.Tensor:
        width = self.count * self.dimension
        vectors = tf.reshape(end[:, -width:], [-1, self.count, self.dimension])
        return tf.einsum("bnd,n->bd", vectors, self.shares)


def _drops(layer: tf.keras.layers.Layer) -> bool:
    return isinstance(layer, tf.keras.layers.Dropout)
