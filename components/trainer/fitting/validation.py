"""Figures of the valid window, by which the fit makes its choices."""

from __future__ import annotations

import tensorflow as tf

from components.trainer.fitting.ranking_rows import RankingRows
from components.trainer.model.two_tower import TwoTower

__all__ = ["AUC_PR", "MONITOR", "NDCG", "evaluate_model"]

NDCG, AUC_PR, MONITOR = "val_ndcg", "val_auc_pr", "val_gates"


def evaluate_model(
    model: TwoTower, valid: tf.data.Dataset, ranked: RankingRows | None
) -> dict[str, float]:
    """The figures of both gates of the pipeline and their sum; higher is better.

    A loss or AUC-PR alone selects another model than the best ranking of the full catalogue.
    Without users to rank for, the sum is AUC-PR alone.

    Args:
        model: compiled, with the gates of its groups as they are to be judged.
        valid: rows of the window (`moments.some_rows`).
        ranked: users to rank for, or None.
    """
    found = model.evaluate(valid, verbose=0, return_dict=True)
    figures = {AUC_PR: float(found["auc_pr"])}
    if ranked:
        figures[NDCG] = float(ranked.ndcg(model).mean())
    return {**figures, MONITOR: sum(figures.values())}
