"""What one step of the fit takes."""

from __future__ import annotations

import tensorflow as tf

__all__ = ["Batch"]

Batch = dict[str, tf.Tensor]
"""`dense` [batch, width], `histories` [batch, histories, n], and of the videos asked about, each
[batch, k]: `candidates` (rows of the catalogue, -1 for none), `labels`, `probabilities`, `ages`;
`targets` [batch, t]: rows of videos liked at the moment or later in the window, -1 for none."""
