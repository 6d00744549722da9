"""Figures of the valid window, by group of users, and the early stopping that reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from components.trainer.fitting.gates import GATES, assign_gates, choose_gates, open_gates
from components.trainer.fitting.ranking_rows import RankingRows
from components.trainer.model.two_tower import TwoTower
from schema.documents.fit import GroupGate

__all__ = ["MONITOR", "NDCG", "GateEarlyStopping", "evaluate_model"]

NDCG, AUC_PR, MONITOR = "val_ndcg", "val_auc_pr", "val_gates"


class GateEarlyStopping(tf.keras.callbacks.EarlyStopping):
    """Early stopping by the sum of both gates' figures, then the choice of each group's gate.

    A loss or AUC-PR alone selects another epoch than the best ranking of the full catalogue.
    Patience compares epochs with each other. In the end what is learned counts only for groups of
    users that it ranks significantly better for (`gates.py`). Where there is none, the initial
    weights are restored.

    Args:
        first: figures of the valid window before the first epoch.
        patience: epochs without improvement.
        rows: users to rank for; None where nobody liked anything.

    Attributes:
        groups: the gate of each group that there are users of.
    """

    best_epoch: int

    def __init__(self, first: dict[str, float], patience: int, rows: RankingRows | None) -> None:
        super().__init__(MONITOR, mode="max", patience=patience, restore_best_weights=True)
        self._first, self._rows = first, rows
        self.groups: list[GroupGate] = []

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Keeps the initial weights, and opens the gates for what is fitted."""
        super().on_train_begin(logs)
        open_gates(self.model)
        self._initial = self.model.get_weights()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Adds the ranking's figures to the logs, for itself and for later callbacks."""
        if logs is not None:
            logs.update(_figures(self.model, logs[AUC_PR], self._rows, GATES))
        super().on_epoch_end(epoch, logs)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Restores the best epoch's weights, or the initial ones as epoch -1."""
        super().on_train_end(logs)
        if self.best <= self._first[MONITOR]:
            self._restore_initial()
        self.groups = choose_gates(self.model, self._rows)
        if self.model.settings.closed_dimension and not any(group.gate for group in self.groups):
            self._restore_initial()
        assign_gates(self.model, self.groups)

    def _restore_initial(self) -> None:
        self.best_epoch = -1
        self.model.set_weights(self._initial)


def evaluate_model(
    model: TwoTower,
    valid: tf.data.Dataset,
    ranked: RankingRows | None,
    gates: Sequence[float] = (0.0,),
) -> dict[str, float]:
    """Figures of the valid window by the names of an epoch's logs; higher is better.

    Args:
        model: compiled.
        valid: rows of the window (`moments.some_rows`).
        ranked: users to rank for, or None.
        gates: to try for each group.
    """
    found = model.evaluate(valid, verbose=0, return_dict=True)
    return _figures(model, float(found["auc_pr"]), ranked, gates)


def _figures(
    model: TwoTower, auc_pr: float, rows: RankingRows | None, gates: Sequence[float]
) -> dict[str, float]:
    """AUC-PR, NDCG@10 over the full catalogue, and what stops the fit.

    A group's NDCG@10 is that of its best gate. NDCG@10 is the mean over users. What stops the fit
    is AUC-PR plus the mean over groups, weighted by the square root of their users, so that a
    large group does not drown the others and a single user is no group.
    """
    if rows is None:
        return {AUC_PR: auc_pr, MONITOR: auc_pr}
    tried = [rows.ndcg(model, gate) for gate in gates]
    best = [max(own[group].mean() for own in tried) for group in rows.groups.values()]
    users = [group.sum() for group in rows.groups.values()]
    return {
        AUC_PR: auc_pr,
        NDCG: float(np.average(best, weights=users)),
        MONITOR: float(np.average(best, weights=np.sqrt(users))) + auc_pr,
    }
