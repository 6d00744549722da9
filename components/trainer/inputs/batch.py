"""The input of one step of the fit."""

from __future__ import annotations

import tensorflow as tf

__all__ = ["Batch"]

Batch = dict[str, tf.Tensor]
"""`dense` [batch, width], `histories` [batch, histories, n]; of the pairs of the moment, each
[batch, k]: `pair_videos` (rows of the catalogue, -1 for none), `labels`, `ages` and
`sampling_probabilities`. `targets` [batch, t]: rows of videos liked at the moment or later in the
window, -1 for none."""
