"""The two towers over shared item vectors, and their losses (TFRS)."""

from __future__ import annotations

import tensorflow as tf
import tensorflow_recommenders as tfrs

from components.trainer.inputs.batch import Batch
from components.trainer.inputs.catalogue import Catalogue
from components.trainer.inputs.encoder import Encoded
from components.trainer.model.item_embedding import Items, Start, pool, product
from components.trainer.model.losses import Retrieval
from components.trainer.model.sampling import (
    expected_counts,
    history_dropout,
    positions,
    sample_candidates,
    seen_rows,
)
from components.trainer.model.towers import Tower
from components.trainer.settings import TrainSettings

__all__ = ["TwoTower"]


class TwoTower(tfrs.Model):
    """User tower and video tower; higher scores are better.

    Args:
        settings: hyper-parameters.
        catalogue: every video, encoded; the known ones first.
        chances: [size] float32, each video's chance under the law that draws negatives.
        user_width: of the users' dense part.
        histories: how many histories a user has.
    """

    def __init__(
        self,
        settings: TrainSettings,
        catalogue: Catalogue,
        chances: tf.Tensor,
        user_width: int,
        histories: int,
    ) -> None:
        super().__init__()
        self.settings, self.catalogue, self._chances = settings, catalogue, chances
        d, content = settings.item_dimension, catalogue.width
        self.items = Items(catalogue.known, content, d)
        signs = (0.0,) * histories + (1.0, -0.3)[:histories]
        width = user_width + 2 * histories * d
        self.user_tower = Tower(settings, width, signs, 0.0, "user_tower")
        self.video_tower = Tower(settings, content + 1 + d, (1.0,), settings.level, "video_tower")
        # sigmoid(cosine) alone spans 0.27 to 0.73; scale and bias keep the order.
        self.scale = tf.Variable(5.0, name="score_scale", trainable=settings.scale_and_bias)
        self.bias = tf.Variable(-1.0, name="score_bias", trainable=settings.scale_and_bias)
        if not settings.scale_and_bias:
            self.scale.assign(1.0)
            self.bias.assign(0.0)
        self.retrieval = Retrieval(settings.temperature, settings.hard_negatives)
        self.auc_pr = tf.keras.metrics.AUC(curve="PR", name="auc_pr")

    def begin(self, start: Start) -> None:
        """Takes the closed form for what both towers share; the shortcut must be there."""
        self.items.own.assign(tf.pad(start.own, [[0, 1], [0, 0]]))
        self.items.projection.assign(start.projection)
        self.items.everybody.assign(start.everybody)
        self.items.trust.assign(tf.pad(start.trust, [[0, 1]], constant_values=1.0))
        if self.user_tower.shares is not None:
            self.user_tower.shares.assign(start.shares)

    def user_input(self, user: Encoded, table: tf.Tensor) -> tf.Tensor:
        """[batch, width] float32: the dense part, then the pooled histories.

        Args:
            user: encoded rows.
            table: [known + 2, item dimension], as `Items.table` gives it.
        """
        pooled = pool(user.videos, table, self.settings.history_decay)
        return tf.concat([user.dense, pooled], axis=1)

    def video_input(self, video: Encoded) -> tf.Tensor:
        """[batch, width] float32: content, age, then the item vector."""
        projected = video.dense[:, :-1] @ self.items.projection
        return tf.concat([video.dense, self.items.own_of(video.videos) + projected], axis=1)

    def score(self, cosine: tf.Tensor) -> tf.Tensor:
        """Cosine to the chance of a like, by the learned scale and bias."""
        return tf.sigmoid(tf.abs(self.scale) * cosine + self.bias)

    def item_table(self) -> tf.Tensor:
        """[known + 2, item dimension]: every video that a history can name, unknown, everybody."""
        return self.items.table(self.catalogue.known_content)

    @tf.function(reduce_retracing=True)
    def embed_users(self, users: Encoded) -> tf.Tensor:
        """[users, 768]."""
        return self.user_tower(self.user_input(users, self.item_table()))

    @tf.function
    def embed_catalogue(self) -> tf.Tensor:
        """[size, 768], every video as of the catalogue's moment."""
        hidden, items = self._first_layer(tf.range(self.catalogue.size), training=False)
        return self._videos(hidden, self.catalogue.ages, items, training=False)

    def compute_loss(self, inputs: Batch, training: bool = False) -> tf.Tensor:  # noqa: FBT001, FBT002
        """The weighted sum of both losses over one batch of moments (`data.batches`)."""
        histories = inputs["histories"]
        if training:
            histories = history_dropout(histories, self.settings.history_dropout)
        user = Encoded(inputs["dense"], histories)
        features = self.user_input(user, self.item_table())
        users = self.user_tower(features, training=training)
        pairs = tf.where(inputs["candidates"] >= 0)
        asked = tf.gather_nd(inputs["candidates"], pairs)
        drawn = self._drawn(inputs["targets"], asked) if training else tf.unique(asked)[0]
        hidden, items = self._first_layer(drawn, training=training)
        loss = self._pair_loss(inputs, users, pairs, drawn, hidden, items, training=training)
        if training and self.settings.retrieval_weight:
            ages = tf.gather(self.catalogue.ages, drawn)
            videos = self._videos(hidden, ages, items, training=True)
            loss += self.settings.retrieval_weight * self._softmax(inputs, users, videos, drawn)
        return loss

    def _pair_loss(
        self, inputs: Batch, users: tf.Tensor, pairs: tf.Tensor, drawn: tf.Tensor,
        hidden: tf.Tensor, items: tf.Tensor, *, training: bool,
    ) -> tf.Tensor:  # fmt: skip
        """The owner's sigmoid loss on 1:2 pairs, each video of the age it had at that moment."""
        asked = tf.gather_nd(inputs["candidates"], pairs)
        place = positions(drawn, asked, self.catalogue.size)
        hidden, items = tf.gather(hidden, place), tf.gather(items, place)
        ages = tf.gather_nd(inputs["ages"], pairs)
        videos = self._videos(hidden, ages, items, training=training)
        labels = tf.gather_nd(inputs["labels"], pairs)
        score = self.score(tf.reduce_sum(tf.gather(users, pairs[:, 0]) * videos, axis=1))
        self.auc_pr.update_state(labels, score)
        losses = tf.keras.losses.binary_crossentropy(labels[:, tf.newaxis], score[:, tf.newaxis])
        return self.settings.pair_weight * tf.reduce_mean(losses)

    def _softmax(
        self, inputs: Batch, users: tf.Tensor, videos: tf.Tensor, drawn: tf.Tensor
    ) -> tf.Tensor:
        known, targets = self.items.known, inputs["targets"]
        seen = tf.gather(seen_rows(inputs["histories"], known, self.catalogue.size), drawn, axis=1)
        seen = tf.logical_or(seen, drawn >= known)  # nobody's like can be among them
        places = positions(drawn, tf.maximum(targets, 0), self.catalogue.size)
        liked = tf.where(targets >= 0, places, -1)
        expected = None
        if self.settings.sampling_correction and not self._takes_all:
            even = self.settings.softmax_candidates / self.catalogue.size
            expected = expected_counts(targets, tf.gather(self._chances, drawn), even)
        return self.retrieval(users, videos, liked, seen, expected)

    def _drawn(self, targets: tf.Tensor, asked: tf.Tensor) -> tf.Tensor:
        """Distinct rows of the catalogue: all where it is small, else the batch's and some more."""
        if self._takes_all:
            return tf.range(self.catalogue.size)
        return sample_candidates(
            targets, asked, self.catalogue.size, self.settings.softmax_candidates
        )

    @property
    def _takes_all(self) -> bool:
        return bool(self.catalogue.size <= self.settings.softmax_candidates)

    def _first_layer(self, rows: tf.Tensor, *, training: bool) -> tuple[tf.Tensor, tf.Tensor]:
        """[n, 512] product of content and item vector with the first layer, and [n, d] vectors."""
        content = self.catalogue.content_of(rows)
        width, kernel = self.catalogue.width, self.video_tower.first.kernel
        own = self.items.own_of(
            tf.minimum(rows, self.items.known), self.settings.unknown_rate if training else 0.0
        )
        items = own + product(content, self.items.projection)
        return product(content, kernel[:width]) + items @ kernel[width + 1 :], items

    def _videos(
        self, hidden: tf.Tensor, ages: tf.Tensor, items: tf.Tensor, *, training: bool
    ) -> tf.Tensor:
        aged = hidden + ages[:, tf.newaxis] * self.video_tower.first.kernel[self.catalogue.width]
        return self.video_tower.from_hidden(aged, items, training=training)
