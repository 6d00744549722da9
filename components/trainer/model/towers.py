"""The specified towers, with a shortcut from the item embeddings to their output."""

from __future__ import annotations

import tensorflow as tf

from components.trainer.settings import TrainSettings
from components.user_groups import GROUPS
from schema.signatures import DIMENSION

__all__ = ["UserTower", "VideoTower"]

_LAST_KERNEL_SCALE = 0.2
"""Factor on the usual initial weights of the video tower's last layer."""


class _Tower(tf.keras.layers.Layer):
    """[batch, width] float32 features to [batch, 768] float32, L2-normalised.

    Dense 512 ReLU, Dropout, Dense 256 ReLU, Dropout, Dense 768 tanh, as specified. Two vectors
    reach the output past them (skip connections): on the first components the closed form's, which
    ends the features (`closed_part.py`); on the next ones the weighted sum of the trained item
    embeddings that end what the layers see. These are a video's own or a user's pooled histories,
    so that both sides are compared in one space.

    Args:
        settings: hyper-parameters.
        inputs: width of what the layers see, the first of the features.
        shortcut_weights: initial weights of the trained item embeddings that end the inputs.
        name: in the SavedModel.
    """

    def __init__(
        self,
        settings: TrainSettings,
        inputs: int,
        shortcut_weights: tuple[float, ...],
        name: str,
    ) -> None:
        super().__init__(name=name)
        self.inputs, self.closed = inputs, settings.closed_dimension
        self.width = inputs + self.closed
        self.count, self.dimension = len(shortcut_weights), settings.item_dimension
        self.beyond = DIMENSION - self.closed - self.dimension
        layers: list[tf.keras.layers.Layer] = []
        for units in settings.hidden:
            layers += [tf.keras.layers.Dense(units, activation="relu")]
            layers += [tf.keras.layers.Dropout(settings.dropout)]
        layers += [tf.keras.layers.Dense(DIMENSION, activation="tanh")]
        self.first, *self.rest = layers
        for layer in layers:
            layer.build([None, inputs])
            inputs = getattr(layer, "units", inputs)
        self.shortcut_weights = None
        if settings.use_shortcut:
            self.shortcut_weights = tf.Variable(shortcut_weights, name="shortcut_weights")

    @property
    def dense_layers(self) -> list[tf.keras.layers.Dense]:
        """The layers without dropout, the first one first."""
        return [layer for layer in (self.first, *self.rest) if not _drops(layer)]

    def learned(
        self, product: tf.Tensor, inputs: tf.Tensor, *, training: bool, begin: int = 0
    ) -> tf.Tensor:
        """[batch, 768 - begin], what gradients have shaped of the components from `begin` on.

        Args:
            product: [batch, 512] inputs @ first.kernel; the fit computes it sparsely.
            inputs: [batch, at least count * d], the end of what the layers see.
            training: whether dropout is on.
            begin: at most `closed`.
        """
        hidden = self.first.activation(product + self.first.bias)
        *layers, last = self.rest
        for layer in layers:
            hidden = layer(hidden, training=training) if _drops(layer) else layer(hidden)
        learned = last.activation(hidden @ last.kernel[:, begin:] + last.bias[begin:])
        if self.shortcut_weights is not None:
            beside = [[0, 0], [self.closed - begin, self.beyond]]
            learned += tf.pad(self._shortcut(inputs), beside)
        return learned

    def _shortcut(self, inputs: tf.Tensor) -> tf.Tensor:
        """[batch, d] weighted sum of the last `count` item embeddings of the inputs."""
        vectors = inputs[:, -self.count * self.dimension :]
        vectors = tf.reshape(vectors, [-1, self.count, self.dimension])
        return tf.reduce_sum(vectors * tf.reshape(self.shortcut_weights, [-1, 1]), axis=1)


class UserTower(_Tower):
    """A user's features are the dense ones, pooled histories, the closed form's part and the gate.

    The gate says how much of what is learned is added to the closed form's part. There is one for
    each group of users by number of decisions (`fitting/gates.py`). At 0 a user has the ranking of
    the closed form. Initially the last kernel is 0, so that the shortcuts alone decide.

    Args:
        settings: hyper-parameters.
        dense: width of the dense features.
        histories: how many histories a user has.
    """

    def __init__(self, settings: TrainSettings, dense: int, histories: int) -> None:
        plain, recent = (0.0,) * histories, (1.0, -0.3)[:histories]
        inputs = dense + 2 * histories * settings.item_dimension
        super().__init__(settings, inputs, plain + recent, "user_tower")
        self.width += 1
        self.gates = tf.Variable(tf.ones([len(GROUPS)]), trainable=False, name="gates")
        if settings.use_shortcut:
            self.rest[-1].kernel.assign(tf.zeros_like(self.rest[-1].kernel))

    def gate(self, histories: tf.Tensor) -> tf.Tensor:
        """[batch, 1] float32 gates by how many videos are in [batch, histories, n]."""
        decided = tf.reduce_sum(tf.cast(histories >= 0, tf.int32), axis=[1, 2])
        group = tf.searchsorted(tf.constant(GROUPS), decided, side="right") - 1
        return tf.gather(self.gates, group)[:, tf.newaxis]

    def call(self, features: tf.Tensor, *, training: bool = False) -> tf.Tensor:
        """[batch, width] features to [batch, 768], as served."""
        inputs, closed, gate = tf.split(features, [self.inputs, self.closed, 1], axis=1)
        learned = self.learned(inputs @ self.first.kernel, inputs, training=training)
        closed = tf.pad(closed, [[0, 0], [0, DIMENSION - self.closed]])
        return tf.math.l2_normalize(gate * learned + closed, axis=1)


class VideoTower(_Tower):
    """A video's features are its content, age, trained item embedding and the closed form's part.

    What is learned leaves the closed form's components free and has one length for all videos, so
    that it does not change the ranking of a user whose gate is 0. Within it, a constant component
    keeps the item embedding of a video with few decisions short after normalisation.

    Initially the shortcuts alone decide: the last kernel is 0 on their components and small
    elsewhere. With that of the user tower 0 as well, neither would pass a gradient to the other.

    Args:
        settings: hyper-parameters.
        content: width of the content.
    """

    def __init__(self, settings: TrainSettings, content: int) -> None:
        inputs = content + 1 + settings.item_dimension
        super().__init__(settings, inputs, (1.0,), "video_tower")
        self.length = settings.learned_length
        self.constant = tf.zeros([DIMENSION - self.closed])
        if settings.use_shortcut:
            beyond_only = tf.constant([0.0] * (DIMENSION - self.beyond) + [1.0] * self.beyond)
            self.constant = settings.constant_component * beyond_only[self.closed :]
            self.rest[-1].kernel.assign(self.rest[-1].kernel * _LAST_KERNEL_SCALE * beyond_only)

    def call(self, features: tf.Tensor, *, training: bool = False) -> tf.Tensor:
        """[batch, width] features to [batch, 768], as served."""
        inputs, closed = tf.split(features, [self.inputs, self.closed], axis=1)
        return self.from_product(inputs @ self.first.kernel, inputs, closed, training=training)

    def from_product(
        self, product: tf.Tensor, inputs: tf.Tensor, closed: tf.Tensor, *, training: bool
    ) -> tf.Tensor:
        """[batch, 768] from the first layer's product (`learned`) and the closed form's part."""
        learned = self.learned(product, inputs, training=training, begin=self.closed)
        learned = self.length * tf.math.l2_normalize(learned + self.constant, axis=1)
        # Of the whole vector; known without `learned`, so that no gradient passes through it.
        length = tf.sqrt(tf.reduce_sum(closed**2, axis=1, keepdims=True) + self.length**2)
        return tf.concat([closed / length, learned / length], axis=1)


def _drops(layer: tf.keras.layers.Layer) -> bool:
    return isinstance(layer, tf.keras.layers.Dropout)
