"""How much of what is learned counts for each group of users, chosen on the valid window.

For users with a history the closed form may rank better than what gradients add to it; users
without one depend on what is learned. With a gate for each group, what helps one does not cost the
other.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

from components.trainer.fitting.ranking_rows import RankingRows
from components.trainer.model.two_tower import TwoTower
from components.user_groups import LABELS, LARGE
from schema.arrays import Float64
from schema.documents.fit import GroupGate

__all__ = ["GATES", "assign_gates", "choose_gates", "set_gates", "significantly_better"]

GATES = (0.0, 0.1, 0.25)
"""0 is the closed form alone. What is learned counts in full, 1, while it is fitted, so as not to
depend on the closed form. Served, more than a quarter of it has not ranked better."""


def choose_gates(model: TwoTower, rows: RankingRows | None) -> list[GroupGate]:
    """The gate of each group with a user in `rows`, assigned to the model.

    For users with a history a gate above 0 must be significantly better than 0: the 95 % interval
    of the group's per-user NDCG@10 difference must lie above zero, and there must be LARGE of them,
    because the best of several gates is significant for two dozen users by chance too often. For
    users without a history the higher mean decides: the closed form gives them all one list.
    """
    if rows is None or not model.settings.closed_dimension:
        return []
    tried = np.stack([_ndcg(model, rows, gate) for gate in GATES])
    chosen = [_best(label, tried[:, group]) for label, group in rows.groups.items()]
    assign_gates(model, chosen)
    return chosen


def assign_gates(model: TwoTower, groups: list[GroupGate]) -> None:
    """Sets the gates of a model with a closed form; a group that is not named gets 0."""
    if model.settings.closed_dimension:
        gate_of = {group.seen: group.gate for group in groups}
        model.user_tower.gates.assign([gate_of.get(label, 0.0) for label in LABELS])


def set_gates(model: TwoTower, gate: float) -> None:
    """Gives every group this gate."""
    gates = model.user_tower.gates
    gates.assign(np.full(gates.shape, gate))


def _ndcg(model: TwoTower, rows: RankingRows, gate: float) -> Float64:
    """[users] NDCG@10 with this gate for everybody."""
    set_gates(model, gate)
    return rows.ndcg(model)


def _best(label: str, tried: npt.NDArray[np.float64]) -> GroupGate:
    """From the group's [gates, users] NDCG@10."""
    place = int(tried.mean(axis=1).argmax())
    sure = tried.shape[1] >= LARGE and significantly_better(tried[place] - tried[0])
    if label != LABELS[0] and not sure:
        place = 0
    start, found = (float(tried[row].mean()) for row in (0, place))
    return GroupGate(seen=label, users=tried.shape[1], gate=GATES[place], start=start, ndcg=found)


def significantly_better(changes: Float64) -> bool:
    """Whether the 95 % interval (t) of the mean of [users] differences lies above 0."""
    half = stats.t.ppf(0.975, len(changes) - 1) * stats.sem(changes)
    return bool(changes.mean() > half)
