"""Exact top-K over the full catalogue, and metrics of a ranking per user."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from schema.arrays import Float32, Float64, Int64

__all__ = ["hits", "ndcg", "recall", "reciprocal_rank", "top_k"]

USERS_PER_BLOCK = 256


def top_k(users: Float32, videos: Float32, seen: Sequence[Int64], k: int) -> Int64:
    """The k best unseen videos of each user by dot product, best first.

    Args:
        users: [users, d] float32.
        videos: [videos, d] float32.
        seen: per user, the rows of videos that cannot be recommended.
        k: number of videos; a user with fewer unseen videos gets -1 in the rest.

    Returns:
        [users, k] int64 rows of videos; ties by the lower row. Scores that are not finite are left
        out.
    """
    blocks = range(0, len(users), USERS_PER_BLOCK)
    found = [
        _best(users[at : at + USERS_PER_BLOCK] @ videos.T, seen[at : at + USERS_PER_BLOCK], k)
        for at in blocks
    ]
    return np.concatenate(found) if found else np.empty((0, k), np.int64)


def _best(scores: Float32, seen: Sequence[Int64], k: int) -> Int64:
    scores[~np.isfinite(scores)] = -np.inf
    for user, rows in enumerate(seen):
        scores[user, rows] = -np.inf
    k_there = min(k, scores.shape[1])
    best_few = np.sort(np.argpartition(-scores, k_there - 1, axis=1)[:, :k_there], axis=1)
    ranks = np.argsort(-np.take_along_axis(scores, best_few, axis=1), axis=1, kind="stable")
    order = np.take_along_axis(best_few, ranks, axis=1)
    there = np.isfinite(np.take_along_axis(scores, order, axis=1))
    best = np.where(there, order, -1)
    return np.pad(best, ((0, 0), (0, k - best.shape[1])), constant_values=-1)


def hits(top: Int64, relevant: Sequence[Int64]) -> npt.NDArray[np.bool_]:
    """[users, k] bool: whether the user liked the video at that rank."""
    return np.stack([np.isin(own, liked) for own, liked in zip(top, relevant, strict=True)])


def recall(hit: npt.NDArray[np.bool_], liked: Int64, k: int) -> Float64:
    """[users]: share of each user's liked videos in the first k, 0 to 1; higher is better."""
    return np.asarray(hit[:, :k].sum(axis=1) / liked)


def ndcg(hit: npt.NDArray[np.bool_], liked: Int64, k: int) -> Float64:
    """[users]: discounted gain of the first k over the best possible, 0 to 1; higher is better.

    Binary gains, discount 1 / log2(rank + 1) (Järvelin and Kekäläinen, 2002).
    """
    discounts = 1 / np.log2(np.arange(k) + 2)
    ideal = np.cumsum(discounts)[np.minimum(liked, k) - 1]
    return np.asarray(hit[:, :k] @ discounts[: hit.shape[1]] / ideal)


def reciprocal_rank(hit: npt.NDArray[np.bool_]) -> Float64:
    """[users]: 1 / rank of the first liked video, 0 if none is in the k; higher is better."""
    first = hit.argmax(axis=1) + 1
    return np.where(hit.any(axis=1), 1 / first, 0.0)
