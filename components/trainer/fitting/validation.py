"""The ranking of the full catalogue for the users of the valid window, after each epoch.

Early stopping on a loss or on AUC-PR alone picks another epoch than the best ranking does. The
fit stops by the sum of what the two gates ask: NDCG@10 and AUC-PR of the valid window.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from scipy import stats

from components import ranking_metrics
from components.trainer.inputs.catalogue import Catalogue
from components.trainer.inputs.encoder import Encoded, Encoder
from components.trainer.inputs.moments import encoded_rows, evenly
from components.trainer.model.two_tower import TwoTower
from schema.features import RELEVANT, SEEN

__all__ = [
    "MONITOR",
    "RankingCallback",
    "RankingRows",
    "Stopping",
    "evaluate_model",
    "load_ranking_rows",
    "surely_better",
]

NDCG, AUC_PR, MONITOR = "val_ndcg", "val_auc_pr", "val_gates"
K = 10


class RankingRows:
    """Users as of the window's beginning, with what they had seen and came to like.

    Args:
        dense: [users, width].
        histories: [users, histories, n].
        seen: per user, rows of the catalogue.
        relevant: per user, rows of the catalogue, at least one.
    """

    def __init__(
        self,
        dense: npt.NDArray[np.float32],
        histories: npt.NDArray[np.int32],
        seen: Sequence[npt.NDArray[np.int64]],
        relevant: Sequence[npt.NDArray[np.int64]],
    ) -> None:
        self.users = Encoded(tf.constant(dense), tf.constant(histories))
        self.seen, self.relevant = seen, relevant
        self.liked = np.array([len(rows) for rows in relevant])


def load_ranking_rows(
    files: Sequence[str], encoder: Encoder, catalogue: Catalogue, most: int
) -> RankingRows | None:
    """At most so many users, evenly chosen; None where the window has none."""
    if not any(True for _ in tf.data.TFRecordDataset(sorted(files), "GZIP").take(1)):
        return None
    rows = encoded_rows(files, encoder, (SEEN, RELEVANT))
    chosen = evenly(len(rows["dense"]), most)
    places = {
        name: catalogue.rows(tf.constant(rows[name][chosen])).numpy().astype(np.int64)
        for name in (SEEN.name, RELEVANT.name)
    }
    seen, relevant = ([own[own >= 0] for own in places[f.name]] for f in (SEEN, RELEVANT))
    judged = [user for user, own in enumerate(relevant) if len(own)]  # others' videos are gone
    return RankingRows(
        rows["dense"][chosen][judged],
        rows["histories"][chosen][judged],
        [seen[user] for user in judged],
        [relevant[user] for user in judged],
    )


class RankingCallback(tf.keras.callbacks.Callback):
    """Adds NDCG@10 over the full catalogue, and the sum, to an epoch's logs, for what comes after.

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


class Stopping(tf.keras.callbacks.EarlyStopping):
    """Keras' early stopping, which goes back to what the fit began with, were it as good.

    Epochs are held against each other until then: the first of them often fall behind the
    beginning before they overtake it. The best of so many is partly the luckiest: it must rank
    surely better than the beginning (`surely_better`), as the gate refuses what is surely worse.

    Args:
        first: the valid window's figures before the first epoch.
        patience: epochs without a better one.
        rows: users to rank for, or None.
    """

    best_epoch: int

    def __init__(self, first: dict[str, float], patience: int, rows: RankingRows | None) -> None:
        super().__init__(MONITOR, mode="max", patience=patience, restore_best_weights=True)
        self._first, self._rows = first, rows

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Keeps what the fit begins with."""
        super().on_train_begin(logs)
        self._beginning = self.model.get_weights()
        self._ranked = _ndcg(self.model, self._rows) if self._rows else np.zeros(0)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """The best epoch's weights, or the beginning's: epoch -1, as epochs count from 0."""
        super().on_train_end(logs)
        better = self.best > self._first[MONITOR]
        if better and self._rows:
            better = surely_better(_ndcg(self.model, self._rows) - self._ranked)
        if not better:
            self.best_epoch = -1
            self.model.set_weights(self._beginning)


def surely_better(changes: npt.NDArray[np.float64]) -> bool:
    """Whether the 95 % interval of the mean change lies above zero; [users], higher is better."""
    if not changes.any():
        return False
    low, _ = stats.t.interval(0.95, len(changes) - 1, changes.mean(), stats.sem(changes))
    return bool(low > 0)


def evaluate_model(
    model: TwoTower, valid: tf.data.Dataset, ranked: RankingRows | None
) -> dict[str, float]:
    """The figures of the valid window, as an epoch's logs name them; higher is better.

    Args:
        model: compiled.
        valid: rows of the window (`data.some_rows`).
        ranked: users to rank for, or None.
    """
    found = model.evaluate(valid, verbose=0, return_dict=True)
    return _gates(model, float(found["auc_pr"]), ranked)


def _gates(model: TwoTower, auc_pr: float, rows: RankingRows | None) -> dict[str, float]:
    """What both gates ask, and the sum that the fit is stopped by."""
    figures = {AUC_PR: auc_pr}
    if rows:
        figures[NDCG] = float(_ndcg(model, rows).mean())
    return {**figures, MONITOR: sum(figures.values())}


def _ndcg(model: TwoTower, rows: RankingRows) -> npt.NDArray[np.float64]:
    """[users]."""
    people, videos = model.embed_users(rows.users).numpy(), model.embed_catalogue().numpy()
    hit = ranking_metrics.hits(ranking_metrics.top_k(people, videos, rows.seen, K), rows.relevant)
    return ranking_metrics.ndcg(hit, rows.liked, K)
