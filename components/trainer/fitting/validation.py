"""Early stopping on the valid window by the sum of both gates' figures: NDCG@10 and AUC-PR.

A loss or AUC-PR alone selects another epoch than the best ranking of the full catalogue.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from scipy import stats

from components import ranking_metrics
from components.trainer.inputs.catalogue import Catalogue
from components.trainer.inputs.encoder import Encoded, Encoder
from components.trainer.inputs.moments import encoded_rows, evenly
from components.trainer.model.two_tower import TwoTower
from schema.arrays import Float32, Float64, Int32, Int64
from schema.features import RELEVANT, SEEN

__all__ = [
    "MONITOR",
    "GateEarlyStopping",
    "RankingCallback",
    "RankingRows",
    "evaluate_model",
    "load_ranking_rows",
    "significantly_better",
]

NDCG, AUC_PR, MONITOR = "val_ndcg", "val_auc_pr", "val_gates"
K = 10


class RankingRows:
    """Users as of the beginning of the valid window, with the videos seen before and liked in it.

    Args:
        dense: [users, width].
        histories: [users, histories, n].
        seen: per user, rows of the catalogue.
        relevant: per user, rows of the catalogue, at least one.
    """

    def __init__(
        self,
        dense: Float32,
        histories: Int32,
        seen: Sequence[Int64],
        relevant: Sequence[Int64],
    ) -> None:
        self.users = Encoded(tf.constant(dense), tf.constant(histories))
        self.seen, self.relevant = seen, relevant
        self.liked = np.array([len(rows) for rows in relevant])


def load_ranking_rows(
    files: Sequence[str], encoder: Encoder, catalogue: Catalogue, most: int
) -> RankingRows | None:
    """Up to `most` evenly chosen users; None where nobody liked anything in the window."""
    if not any(True for _ in tf.data.TFRecordDataset(sorted(files), "GZIP").take(1)):
        return None
    rows = encoded_rows(files, encoder, (SEEN, RELEVANT))
    chosen = evenly(len(rows["dense"]), most)
    places = {
        name: catalogue.rows(tf.constant(rows[name][chosen])).numpy().astype(np.int64)
        for name in (SEEN.name, RELEVANT.name)
    }
    seen, relevant = ([own[own >= 0] for own in places[f.name]] for f in (SEEN, RELEVANT))
    judged = [
        user for user, own in enumerate(relevant) if len(own)
    ]  # the liked videos of the others are no longer there
    return RankingRows(
        rows["dense"][chosen][judged],
        rows["histories"][chosen][judged],
        [seen[user] for user in judged],
        [relevant[user] for user in judged],
    )


class RankingCallback(tf.keras.callbacks.Callback):
    """Adds NDCG@10 over the full catalogue, and the sum, to an epoch's logs for later callbacks.

    Without users to rank for, the sum is AUC-PR alone.
    """

    def __init__(self, rows: RankingRows | None) -> None:
        super().__init__()
        self._rows = rows

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Each 0 to 1, higher is better."""
        del epoch
        if logs is not None:
            logs.update(_gates(self.model, logs[AUC_PR], self._rows))


class GateEarlyStopping(tf.keras.callbacks.EarlyStopping):
    """Early stopping that restores the initial weights unless the best epoch is better.

    It must score higher and be significantly better: the 95 % interval of the per-user NDCG@10
    difference must lie above 0, because the best of n epochs is biased upwards. Patience compares
    epochs with each other, because early epochs score below the closed form.

    Args:
        first: figures of the valid window before the first epoch.
        patience: epochs without improvement.
        rows: users to rank for, or None.
    """

    best_epoch: int

    def __init__(self, first: dict[str, float], patience: int, rows: RankingRows | None) -> None:
        super().__init__(MONITOR, mode="max", patience=patience, restore_best_weights=True)
        self._first, self._rows = first, rows

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Keeps the initial weights and their ranking."""
        super().on_train_begin(logs)
        self._initial = self.model.get_weights()
        self._ranked = _ndcg(self.model, self._rows) if self._rows else np.zeros(0)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Restores the best epoch's weights, or the initial ones as epoch -1."""
        super().on_train_end(logs)
        better = self.best > self._first[MONITOR]
        if better and self._rows:
            better = significantly_better(_ndcg(self.model, self._rows) - self._ranked)
        if not better:
            self.best_epoch = -1
            self.model.set_weights(self._initial)


def significantly_better(changes: Float64) -> bool:
    """Whether the 95 % interval (t) of the mean of [users] differences lies above 0."""
    if not changes.any():
        return False
    low, _ = stats.t.interval(0.95, len(changes) - 1, changes.mean(), stats.sem(changes))
    return bool(low > 0)


def evaluate_model(
    model: TwoTower, valid: tf.data.Dataset, ranked: RankingRows | None
) -> dict[str, float]:
    """Figures of the valid window by the names of an epoch's logs; higher is better.

    Args:
        model: compiled.
        valid: rows of the window (`moments.some_rows`).
        ranked: users to rank for, or None.
    """
    found = model.evaluate(valid, verbose=0, return_dict=True)
    return _gates(model, float(found["auc_pr"]), ranked)


def _gates(model: TwoTower, auc_pr: float, rows: RankingRows | None) -> dict[str, float]:
    """The figures of both gates and their sum, which stops the fit."""
    figures = {AUC_PR: auc_pr}
    if rows:
        figures[NDCG] = float(_ndcg(model, rows).mean())
    return {**figures, MONITOR: sum(figures.values())}


def _ndcg(model: TwoTower, rows: RankingRows) -> Float64:
    """[users] NDCG@10 over the full catalogue."""
    users, videos = model.embed_users(rows.users).numpy(), model.embed_catalogue().numpy()
    hit = ranking_metrics.hits(ranking_metrics.top_k(users, videos, rows.seen, K), rows.relevant)
    return ranking_metrics.ndcg(hit, rows.liked, K)
