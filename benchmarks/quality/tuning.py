"""Chooses a peer's settings on a validation cut of train: the newest fifth of each user's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from benchmarks.quality.decisions import Decisions
from components import ranking_metrics
from schema.arrays import Float32

__all__ = ["best", "figures", "ndcg"]

K = 10
Setting = TypeVar("Setting")
Fit = Callable[[Decisions, Sequence[Setting]], Iterable[Float32]]
"""Scores [users, videos] for each of the settings, fitted on the decisions."""


def best(fit: Fit[Setting], grid: Sequence[Setting], decisions: Decisions) -> Setting:
    """The setting with the highest NDCG@10 on the validation cut; the first of equals."""
    return max(figures(fit, grid, decisions), key=lambda found: found[1])[0]


def figures(
    fit: Fit[Setting], grid: Sequence[Setting], decisions: Decisions
) -> Iterator[tuple[Setting, float]]:
    """Each setting with its NDCG@10 on the validation cut."""
    past, newest = decisions.cut_newest()
    for setting, scores in zip(grid, fit(past, grid), strict=True):
        yield setting, ndcg(scores, past, newest.likes)


def ndcg(scores: Float32, past: Decisions, later: Decisions) -> float:
    """NDCG@10 of later's likes among the videos that the past has not; the mean over their users.

    Args:
        scores: [users, videos], higher is better.
        past: removed from the ranking.
        later: likes alone.
    """
    users = np.unique(later.users)
    seen, relevant = past.by_user, later.by_user
    found = [relevant[user] for user in users]
    catalogue = np.eye(scores.shape[1], dtype=np.float32)
    top = ranking_metrics.top_k(scores[users], catalogue, [seen[user] for user in users], K)
    liked = np.array([len(rows) for rows in found])
    return float(ranking_metrics.ndcg(ranking_metrics.hits(top, found), liked, K).mean())
