"""Softmax loss over sampled videos for users with several liked videos each.

`tfrs.tasks.Retrieval` takes one liked video per row. A moment has many later likes; taking them all
in one row weighs every user's row alike. Temperature, accidental hits, logQ correction and hard
negatives work as in Retrieval.
"""

from __future__ import annotations

import tensorflow as tf
import tensorflow_recommenders as tfrs

__all__ = ["Retrieval"]

_NEVER = -1e9


class Retrieval(tf.keras.layers.Layer, tfrs.tasks.Task):
    """Mean of -log softmax(user . video / temperature) over the liked (user, video) pairs.

    Multinomial likelihood, as in Liang et al., Variational Autoencoders for Collaborative
    Filtering, 2018; sampling correction as in Yi et al., Sampling-Bias-Corrected Neural Modeling,
    2019.

    Args:
        temperature: divides the cosine.
        hard_negatives: number of highest-scored videos that count as negatives; 0: all.
    """

    def __init__(self, temperature: float, hard_negatives: int = 0) -> None:
        super().__init__(name="retrieval")
        self._temperature = temperature
        self._hard_negatives = hard_negatives

    def call(
        self,
        users: tf.Tensor,
        videos: tf.Tensor,
        liked: tf.Tensor,
        seen: tf.Tensor,
        expected_counts: tf.Tensor | None = None,
    ) -> tf.Tensor:
        """The loss, a scalar; 0 for a batch without a liked video.

        Args:
            users: [batch, 768], L2-normalised.
            videos: [n, 768], L2-normalised.
            liked: [batch, targets] int32 positions in `videos`, -1 for none.
            seen: [batch, n] bool: decided on before, so neither positive nor negative (an
                accidental hit).
            expected_counts: [n] expected count of each video in a batch, for the logQ correction;
                None where `videos` is the whole catalogue.
        """
        logits = tf.matmul(users / self._temperature, videos, transpose_b=True)
        if expected_counts is not None:
            logits -= tf.math.log(expected_counts)
        logits = tf.where(seen, _NEVER, logits)
        there = liked >= 0
        own = tf.gather(logits, tf.maximum(liked, 0), batch_dims=1)
        if self._hard_negatives:
            logits = self._hardest(logits, liked)
        losses = tf.reduce_logsumexp(logits, axis=1, keepdims=True) - own
        there = tf.logical_and(there, own > _NEVER / 2)
        counts = tf.cast(there, tf.float32)
        total = tf.reduce_sum(tf.where(there, losses, 0.0))
        return tf.math.divide_no_nan(total, tf.reduce_sum(counts))

    def _hardest(self, logits: tf.Tensor, liked: tf.Tensor) -> tf.Tensor:
        """[batch, n] logits of the liked videos and of the hardest others; _NEVER elsewhere."""
        n = tf.shape(logits)[1]
        is_liked = tf.reduce_any(tf.one_hot(liked, n, on_value=True, off_value=False), axis=1)
        others = tf.where(is_liked, _NEVER, logits)
        least = tf.math.top_k(others, tf.minimum(self._hard_negatives, n)).values[:, -1:]
        return tf.where(tf.logical_or(is_liked, logits >= least), logits, _NEVER)
