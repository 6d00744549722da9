"""A world of two tastes as the fit reads it: even users like even videos, odd users odd ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["USERS", "VIDEOS", "WIDTH", "build_model", "moments_of", "some_catalogue", "two_tastes"]

USERS, VIDEOS, WIDTH = 40, 12, 6


def some_catalogue(known: int = VIDEOS) -> Any:
    """Videos of random content, the first `known` of them known."""
    from components.trainer.inputs.catalogue import Catalogue

    ids = np.array([f"v{v}".encode() for v in range(VIDEOS)], object)
    dense = np.random.default_rng(0).random((VIDEOS, WIDTH + 1)).astype(np.float32)
    return Catalogue(ids, dense, known)


def moments_of(histories: npt.ArrayLike, candidates: npt.ArrayLike, labels: npt.ArrayLike) -> Any:
    """One row a user."""
    import tensorflow as tf

    from components.trainer.inputs.moments import Moments

    asked, liked = np.array(candidates), np.array(labels) > 0
    users, counts = len(asked), liked.sum(axis=1)
    rows = {
        "dense": tf.zeros([users, 2]),
        "histories": tf.constant(histories, tf.int32),
        "pair_videos": tf.constant(candidates, tf.int32),
        "labels": tf.constant(labels, tf.float32),
        "sampling_probabilities": tf.fill([users, asked.shape[1]], 0.1),
        "ages": tf.zeros([users, asked.shape[1]]),
    }
    each = (range(users), [1] * users, asked[liked], np.cumsum(counts) - counts, counts)
    return Moments(rows, *(tf.constant(part, tf.int32) for part in each), np.arange(users))


def two_tastes(users: int = USERS, *, shuffled: bool = False, seed: int = 0) -> Any:
    """Even users like even videos and nope odd ones; each is asked about two of them.

    Shuffled, a user likes one half of the videos at random.
    """
    rng = np.random.default_rng(seed)
    history, asked, labels = [], [], []
    for user in range(users):
        videos = rng.permutation(VIDEOS) if shuffled else np.arange(VIDEOS)
        own = rng.permutation(videos[user % 2 :: 2])
        other = rng.permutation(videos[1 - user % 2 :: 2])
        history.append([own[:3], other[:3]])
        asked.append([own[3], other[3]])
        labels.append([1.0, 0.0])
    return moments_of(history, asked, labels)


def build_model(known: int = VIDEOS, **settings: Any) -> Any:
    """Small towers for this world, with random initial weights."""
    import tensorflow as tf

    from components.trainer.fit import build
    from components.trainer.settings import TrainSettings

    tf.keras.utils.set_random_seed(1)
    usual = {
        "item_dimension": 8, "exposure_dimension": 4, "hidden": (16, 8), "epoch_least": 64,
        "batch_size": 32,
    }  # fmt: skip
    return build(TrainSettings(**{**usual, **settings}), some_catalogue(known), two_tastes())
