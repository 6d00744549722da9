"""The two towers over the shared item embedding, and their losses (TFRS)."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf
import tensorflow_recommenders as tfrs

from components.trainer.inputs.batch import Batch
from components.trainer.inputs.catalogue import Catalogue
from components.trainer.inputs.encoder import Encoded
from components.trainer.model.closed_part import ClosedPart
from components.trainer.model.item_embedding import InitialValues, ItemEmbedding, sparse_matmul
from components.trainer.model.losses import Retrieval
from components.trainer.model.pooling import pool_history
from components.trainer.model.sampling import (
    distinct_ages,
    expected_counts,
    history_dropout,
    positions,
    sample_videos,
    seen_rows,
)
from components.trainer.model.towers import UserTower, VideoTower
from components.trainer.settings import TrainSettings

__all__ = ["Tables", "TwoTower"]


class _Drawn(NamedTuple):
    """Videos of one step.

    Attributes:
        hidden: [n, 512] product of content and item embedding with the first layer.
        items: [n, d] trained item embeddings.
        closed: [n, c] the closed form's part.
    """

    hidden: tf.Tensor
    items: tf.Tensor
    closed: tf.Tensor

    def at(self, place: tf.Tensor) -> _Drawn:
        """These of them, in this order."""
        return _Drawn(*(tf.gather(part, place) for part in self))


class Tables(NamedTuple):
    """What histories are pooled over; c is the width of the closed form's part.

    Attributes:
        trained: [known + 2, d]: every known video, the unknown, the user prior.
        closed: [known + 2, c], the same in closed form.
    """

    trained: tf.Tensor
    closed: tf.Tensor


class TwoTower(tfrs.Model):
    """User tower and video tower; higher scores are better. d is the width of an item embedding.

    Args:
        settings: hyper-parameters.
        catalogue: every video, encoded; the known ones first.
        sampling_probability: [size] float32, of each video as a negative.
        user_width: of the users' dense part.
        histories: how many histories a user has.
    """

    def __init__(
        self,
        settings: TrainSettings,
        catalogue: Catalogue,
        sampling_probability: tf.Tensor,
        user_width: int,
        histories: int,
    ) -> None:
        super().__init__()
        self.settings, self.catalogue = settings, catalogue
        self._sampling_probability = sampling_probability
        content, known = catalogue.width, catalogue.known
        self.item_embedding = ItemEmbedding(known, content, settings.item_dimension, trained=True)
        self.closed_part = None
        if settings.closed_dimension:
            self.closed_part = ClosedPart(settings, known, content, catalogue.size, histories)
        self.user_tower = UserTower(settings, user_width, histories)
        self.video_tower = VideoTower(settings, content)
        # sigmoid(cosine) alone spans 0.27 to 0.73; scale and bias keep the order.
        self.scale = tf.Variable(5.0, name="score_scale", trainable=settings.scale_and_bias)
        self.bias = tf.Variable(-1.0, name="score_bias", trainable=settings.scale_and_bias)
        if not settings.scale_and_bias:
            self.scale.assign(1.0)
            self.bias.assign(0.0)
        self.retrieval = Retrieval(settings.temperature, settings.hard_negatives)
        self.auc_pr = tf.keras.metrics.AUC(curve="PR", name="auc_pr")

    def initialize(self, initial: InitialValues) -> None:
        """Assigns the closed form to its own part, and to the trained item embeddings."""
        if self.closed_part is not None:
            self.closed_part.initialize(initial, self.catalogue)
        self.item_embedding.initialize(initial)
        if self.user_tower.shortcut_weights is not None:
            self.user_tower.shortcut_weights.assign(initial.shortcut_weights)

    def user_input(self, user: Encoded, tables: Tables) -> tf.Tensor:
        """[batch, width] float32: dense part, pooled histories, the closed form's part, gate."""
        histories = user.videos
        parts = [user.dense, pool_history(histories, tables.trained, self.settings.history_decay)]
        if self.closed_part is not None:
            parts.append(self.closed_part.of_users(histories, tables.closed))
        return tf.concat([*parts, self.user_tower.gate(histories)], axis=1)

    def video_input(self, video: Encoded) -> tf.Tensor:
        """[batch, width] float32: content, age, the item embedding, the closed form's part."""
        content = video.dense[:, :-1]
        parts = [self.item_embedding]
        if self.closed_part is not None:
            parts.append(self.closed_part.items)
        items = [part.id_residual_of(video.videos) + content @ part.projection for part in parts]
        return tf.concat([video.dense, *items], axis=1)

    def score(self, cosine: tf.Tensor) -> tf.Tensor:
        """[...] cosines to [...] probabilities of a like, by the learned scale and bias."""
        return tf.sigmoid(tf.abs(self.scale) * cosine + self.bias)

    def tables(self) -> Tables:
        """What users' histories are pooled over, of the present weights."""
        trained = self.item_embedding.table(self.catalogue.known_content)
        closed = self.closed_part.table if self.closed_part is not None else trained[:, :0]
        return Tables(trained, closed)

    @tf.function(reduce_retracing=True)
    def embed_users(self, users: Encoded) -> tf.Tensor:
        """[users, 768] float32, L2-normalised."""
        return self.user_tower(self.user_input(users, self.tables()))

    @tf.function
    def embed_catalogue(self) -> tf.Tensor:
        """[size, 768] float32, L2-normalised: every video at its age in the catalogue."""
        rows, content = tf.range(self.catalogue.size), self.catalogue.content
        every = self._first_layer(rows, content, training=False)
        return self._videos(every, self.catalogue.ages, training=False)

    def compute_loss(self, inputs: Batch, training: bool = False) -> tf.Tensor:  # noqa: FBT001, FBT002
        """Scalar: the weighted sum of both losses over one batch of moments (`moments.batches`)."""
        histories = inputs["histories"]
        if training:
            histories = history_dropout(histories, self.settings.history_dropout)
        user = Encoded(inputs["dense"], histories)
        users = self.user_tower(self.user_input(user, self.tables()), training=training)
        pairs = tf.where(inputs["pair_videos"] >= 0)
        queried = tf.gather_nd(inputs["pair_videos"], pairs)
        rows, content = self._draw(inputs, queried, training=training)
        aged, place = distinct_ages(
            tf.gather(self.catalogue.ages, rows),
            positions(rows, queried, self.catalogue.size),
            tf.gather_nd(inputs["ages"], pairs),
        )
        drawn = self._first_layer(rows, content, training=training).at(aged.place)
        videos = self._videos(drawn, aged.age, training=training)
        loss = self._pair_loss(inputs, users, pairs, tf.gather(videos, place))
        if training and self.settings.retrieval_weight:
            softmax = self._softmax(inputs, users, rows, tf.gather(videos, tf.range(tf.size(rows))))
            loss += self.settings.retrieval_weight * softmax
        return loss

    def _pair_loss(
        self, inputs: Batch, users: tf.Tensor, pairs: tf.Tensor, videos: tf.Tensor
    ) -> tf.Tensor:
        """Scalar: the specified sigmoid loss on 1:2 pairs, each video at its age at the moment.

        Args:
            inputs: the batch.
            users: [batch, 768].
            pairs: [pairs, 2] int64: the row in the batch and the column of its `pair_videos`.
            videos: [pairs, 768].
        """
        labels = tf.gather_nd(inputs["labels"], pairs)
        score = self.score(tf.reduce_sum(tf.gather(users, pairs[:, 0]) * videos, axis=1))
        self.auc_pr.update_state(labels, score)
        losses = tf.keras.losses.binary_crossentropy(labels[:, tf.newaxis], score[:, tf.newaxis])
        return self.settings.pair_weight * tf.reduce_mean(losses)

    def _softmax(
        self, inputs: Batch, users: tf.Tensor, rows: tf.Tensor, videos: tf.Tensor
    ) -> tf.Tensor:
        """Scalar: the softmax loss of each user's [768] later likes over the drawn videos.

        Args:
            inputs: the batch.
            users: [batch, 768].
            rows: [n] int32 of the catalogue.
            videos: [n, 768].
        """
        known, size, targets = self.item_embedding.known, self.catalogue.size, inputs["targets"]
        seen = tf.gather(seen_rows(inputs["histories"], known, size), rows, axis=1)
        seen = tf.logical_or(seen, rows >= known)  # never liked: cannot be a target
        places = positions(rows, tf.maximum(targets, 0), size)
        liked = tf.where(targets >= 0, places, -1)
        counts = None
        if self.settings.sampling_correction and not self._takes_all:
            sampled = tf.gather(self._sampling_probability, rows)
            counts = expected_counts(targets, sampled, self.settings.softmax_videos / size)
        return self.retrieval(users, videos, liked, seen, counts)

    def _draw(
        self, inputs: Batch, queried: tf.Tensor, *, training: bool
    ) -> tuple[tf.Tensor, tf.SparseTensor]:
        """[n] int32 distinct rows of the catalogue and their [n, width] content.

        All of a small catalogue, a sample of a large one; beside the fit those of the pairs alone.

        Args:
            inputs: the batch.
            queried: [pairs] int32 rows of the pairs' videos.
            training: whether there is a softmax.
        """
        size, count = self.catalogue.size, self.settings.softmax_videos
        if training and self._takes_all:
            return tf.range(size), self.catalogue.content
        sampled = sample_videos(inputs["targets"], queried, size, count) if training else queried
        rows = tf.unique(sampled)[0]
        return rows, self.catalogue.content_of(rows)

    @property
    def _takes_all(self) -> bool:
        return bool(self.catalogue.size <= self.settings.softmax_videos)

    def _first_layer(self, rows: tf.Tensor, content: tf.SparseTensor, *, training: bool) -> _Drawn:
        """[n] int32 rows of the catalogue, [n, width] content taken through the first layer."""
        rate = self.settings.unknown_rate if training else 0.0
        items = self.item_embedding.scored(rows, content, rate)
        of_content, _, of_items = self._kernels()
        hidden = sparse_matmul(content, of_content) + items @ of_items
        if self.closed_part is None:
            return _Drawn(hidden, items, items[:, :0])
        return _Drawn(hidden, items, tf.gather(self.closed_part.catalogue, rows))

    def _videos(self, drawn: _Drawn, ages: tf.Tensor, *, training: bool) -> tf.Tensor:
        """[n, 768] of the drawn videos at these [n] encoded ages."""
        product = drawn.hidden + ages[:, tf.newaxis] * self._kernels()[1]
        return self.video_tower.from_product(product, drawn.items, drawn.closed, training=training)

    def _kernels(self) -> list[tf.Tensor]:
        """The video tower's first layer: [width, 512] of content, [1, 512] of age, of items."""
        sizes = [self.catalogue.width, 1, self.settings.item_dimension]
        return tf.split(self.video_tower.first.kernel, sizes)  # type: ignore[no-any-return]
