"""The two towers and their losses (TFRS)."""

from __future__ import annotations

import tensorflow as tf
import tensorflow_recommenders as tfrs

from components.trainer.encoder import Encoded
from components.trainer.settings import TrainSettings
from schema.signatures import DIMENSION

__all__ = ["TwoTower", "tower"]


def tower(settings: TrainSettings, name: str) -> tf.keras.Sequential:
    """[batch, width] float32 to [batch, 768], L2-normalised: the owner's tower."""
    layers: list[tf.keras.layers.Layer] = []
    for units in settings.hidden:
        layers += [tf.keras.layers.Dense(units, activation="relu")]
        layers += [tf.keras.layers.Dropout(settings.dropout)]
    layers += [tf.keras.layers.Dense(DIMENSION, activation="tanh")]
    layers += [tf.keras.layers.UnitNormalization(axis=1)]
    return tf.keras.Sequential(layers, name=name)


class TwoTower(tfrs.Model):
    """User tower and video tower over shared item embeddings; higher scores are better.

    Args:
        settings: hyper-parameters.
        catalogue: every video, encoded; row i is the video whose index is i in the batches.
        known_videos: size of the id vocabulary; index `known_videos` is the unknown video.
    """

    def __init__(self, settings: TrainSettings, catalogue: Encoded, known_videos: int) -> None:
        super().__init__()
        self._settings = settings
        self._dense = tf.constant(catalogue.dense)
        self._ids = tf.constant(catalogue.videos)
        self._unknown = known_videos
        shape = (known_videos + 1, settings.item_dimension)
        self.items = tf.Variable(tf.random.uniform(shape, -0.05, 0.05), name="items")
        self.user_tower = tower(settings, "user_tower")
        self.video_tower = tower(settings, "video_tower")
        self.video_tower.build([None, catalogue.dense.shape[1] + settings.item_dimension])
        self._behind_first = tf.keras.Sequential(self.video_tower.layers[1:])
        # sigmoid(cosine) alone spans 0.27 to 0.73; scale and bias keep the order.
        self.scale = tf.Variable(5.0, name="score_scale")
        self.bias = tf.Variable(-1.0, name="score_bias")
        self.retrieval = tfrs.tasks.Retrieval(
            temperature=settings.temperature, remove_accidental_hits=True
        )
        self.auc_pr = tf.keras.metrics.AUC(curve="PR", name="auc_pr")

    def user_input(self, user: Encoded) -> tf.Tensor:
        """[batch, width] float32: the dense part and the mean item of each history."""
        histories, length = user.videos.shape[1], user.videos.shape[2]
        bags = tf.reshape(user.videos, [-1, length])
        cells = tf.where(bags >= 0)
        columns = tf.cast(tf.gather_nd(bags, cells), tf.int64)
        # A sparse product: gathering each item of each history costs a quarter of a step.
        shape = tf.stack([tf.size(bags[:, 0], tf.int64), tf.constant(self._unknown + 1, tf.int64)])
        ones = tf.ones_like(columns, tf.float32)
        bag = tf.SparseTensor(tf.stack([cells[:, 0], columns], axis=1), ones, shape)
        counts = tf.reduce_sum(tf.cast(bags >= 0, tf.float32), axis=1, keepdims=True)
        pooled = tf.math.divide_no_nan(tf.sparse.sparse_dense_matmul(bag, self.items), counts)
        width = histories * self.items.shape[1]
        return tf.concat([user.dense, tf.reshape(pooled, [-1, width])], axis=1)

    def video_input(self, video: Encoded) -> tf.Tensor:
        """[batch, width] float32: the dense part and the video's own item."""
        return tf.concat([video.dense, tf.gather(self.items, video.videos)], axis=1)

    def score(self, cosine: tf.Tensor) -> tf.Tensor:
        """Cosine to the chance of a like, by the learned scale and bias."""
        return tf.sigmoid(tf.abs(self.scale) * cosine + self.bias)

    def compute_loss(self, inputs: dict[str, tf.Tensor], training: bool = False) -> tf.Tensor:  # noqa: FBT001, FBT002
        """The weighted sum of both losses over one batch of moments.

        Args:
            inputs: `dense` and `histories` of the users; `candidates` [batch, k] int32 rows of
                the catalogue, -1 for none; `labels` and `probabilities` [batch, k] float32.
            training: whether dropout is on.
        """
        user = Encoded(inputs["dense"], inputs["histories"])
        users = self.user_tower(self.user_input(user), training=training)
        pairs = tf.where(inputs["candidates"] >= 0)
        asked = tf.gather_nd(inputs["candidates"], pairs)
        labels = tf.gather_nd(inputs["labels"], pairs)
        distinct, place = tf.unique(asked)
        videos = tf.gather(self._videos(distinct, training=training), place)
        users = tf.gather(users, pairs[:, 0])
        score = self.score(tf.reduce_sum(users * videos, axis=1))
        self.auc_pr.update_state(labels, score)
        loss = self._settings.pair_weight * tf.reduce_mean(
            tf.keras.losses.binary_crossentropy(labels[:, tf.newaxis], score[:, tf.newaxis])
        )
        liked = tf.where(labels > 0)[:, 0]
        probabilities = tf.gather(tf.gather_nd(inputs["probabilities"], pairs), liked)
        softmax = self.retrieval(
            tf.gather(users, liked),
            tf.gather(videos, liked),
            candidate_ids=tf.gather(asked, liked),
            candidate_sampling_probability=probabilities,
            compute_metrics=False,
        )
        rows = tf.cast(tf.maximum(tf.size(liked), 1), tf.float32)
        return loss + self._settings.retrieval_weight * softmax / rows

    def _videos(self, rows: tf.Tensor, *, training: bool) -> tf.Tensor:
        """[n] rows of the catalogue to [n, 768]; some are shown as unknown while training."""
        ids = tf.gather(self._ids, rows)
        if training:
            unknown = tf.random.uniform(tf.shape(ids)) < self._settings.unknown_rate
            ids = tf.where(unknown, self._unknown, ids)
        first, d = self.video_tower.layers[0], self._dense.shape[1]
        # tower(video_input(…)) term by term: through the concatenation, the constant part would
        # get a gradient too, an eighth of the step.
        hidden = tf.gather(self._dense, rows) @ first.kernel[:d]
        hidden += tf.gather(self.items, ids) @ first.kernel[d:] + first.bias
        return self._behind_first(first.activation(hidden), training=training)
