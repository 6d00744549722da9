"""A group of users gets the gate that ranks better for its own users, and significantly so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.components.trainer.two_tastes import build_model

pytestmark = pytest.mark.tfx

Floats = npt.NDArray[np.float64]
USERS = 50
NONE, FEW, MANY = (slice(USERS * group, USERS * (group + 1)) for group in range(3))
NOISE = np.random.default_rng(0).normal(0, 0.05, 3 * USERS)


def _judges(ndcg: Callable[[float], Floats]) -> Any:
    """50 users of each group, whose NDCG@10 depends on the gate that the model has by then."""
    from components.trainer.fitting.ranking_rows import RankingRows

    class Judges(RankingRows):
        def ndcg(self, model: Any) -> Floats:
            (gate,) = set(model.user_tower.gates.numpy().astype(float).round(6).tolist())
            return ndcg(gate)

    histories = np.full((3 * USERS, 2, 12), -1, np.int32)
    histories[FEW, 0, :9] = histories[MANY, 0, :6] = histories[MANY, 1, :4] = 0
    rows = [np.array([0])] * (3 * USERS)
    return Judges(np.zeros((3 * USERS, 2), np.float32), histories, rows, rows)


def _gained(none: float, few: float, many: float) -> Callable[[float], Floats]:
    """0.5 at gate 0; at 0.1 these changes, with noise, and at 0.25 a loss for everybody."""
    changes = np.repeat([none, few, many], USERS)

    def ndcg(gate: float) -> Floats:
        change = {0.0: 0 * changes, 0.1: changes + NOISE, 0.25: changes * 0 - 0.2}[gate]
        return np.asarray(0.5 + change)

    return ndcg


def test_a_gate_above_0_is_for_a_group_that_significantly_gains() -> None:
    """0.1 is many standard errors of 0.05 / sqrt(50) = 0.007; 0.005 is less than one."""
    from components.trainer.fitting.gates import choose_gates

    model = build_model()
    none, few, many = choose_gates(model, _judges(_gained(-0.1, 0.1, 0.005)))
    assert model.user_tower.gates.numpy().tolist() == pytest.approx([0, 0.1, 0])
    assert [(g.seen, g.users, g.gate) for g in (none, few, many)] == [
        ("none", USERS, 0.0), ("1 to 9", USERS, 0.1), ("10 or more", USERS, 0.0),
    ]  # fmt: skip
    assert (few.start, few.ndcg) == pytest.approx((0.5, 0.6 + NOISE[FEW].mean()))
    assert (many.start, many.ndcg) == pytest.approx((0.5, 0.5))


def test_fewer_users_than_a_large_group_has_are_not_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from components.trainer.fitting import gates

    model = build_model()
    monkeypatch.setattr(gates, "LARGE", USERS + 1)
    gates.choose_gates(model, _judges(_gained(0.1, 0.1, 0.1)))
    assert model.user_tower.gates.numpy().tolist() == pytest.approx([0.1, 0, 0])


def test_a_group_that_loses_has_the_closed_form() -> None:
    from components.trainer.fitting.gates import choose_gates

    model = build_model()
    choose_gates(model, _judges(_gained(0.1, 0.1, -0.1)))
    assert model.user_tower.gates.numpy().tolist() == pytest.approx([0.1, 0.1, 0])


def test_without_a_history_the_higher_mean_decides() -> None:
    """Less than a standard error: too little for a group with a history."""
    from components.trainer.fitting.gates import choose_gates

    little = 0.005 - NOISE[NONE].mean()
    model = build_model()
    choose_gates(model, _judges(_gained(little, 0.005 - NOISE[FEW].mean(), 0.0)))
    assert model.user_tower.gates.numpy().tolist() == pytest.approx([0.1, 0, 0])


def test_a_group_without_a_judge_has_the_closed_form() -> None:
    from components.trainer.fitting.gates import choose_gates
    from components.trainer.fitting.ranking_rows import RankingRows

    model, every = build_model(), _judges(_gained(0.1, 0.1, 0.1))

    class Few(RankingRows):
        def ndcg(self, model: Any) -> Floats:
            return np.asarray(every.ndcg(model)[FEW])

    few = Few(every.dense[FEW], every.histories[FEW], every.seen[FEW], every.relevant[FEW])
    assert [group.seen for group in choose_gates(model, few)] == ["1 to 9"]
    assert model.user_tower.gates.numpy().tolist() == pytest.approx([0, 0.1, 0])


def test_without_judges_or_a_closed_form_nothing_is_chosen() -> None:
    from components.trainer.fitting.gates import assign_gates, choose_gates

    learned = build_model(closed_form=False)
    assert choose_gates(build_model(), None) == []
    assert choose_gates(learned, _judges(_gained(0.1, 0.1, 0.1))) == []
    assign_gates(learned, [])
    assert learned.user_tower.gates.numpy().tolist() == [1, 1, 1]


def test_significantly_better_is_student_s_interval_above_zero() -> None:
    """Mean 0.1; standard deviation 0.1 and 0.4 of 9: 0.1 -+ 2.306 * 0.1 / 3, -+ 2.306 * 0.4 / 3."""
    from components.trainer.fitting.gates import significantly_better

    ones = np.array([1, -1, 1, -1, 1, -1, 1, -1, 0])
    assert ones.std(ddof=1) == pytest.approx(1)
    assert significantly_better(0.1 + 0.1 * ones)
    assert not significantly_better(0.1 + 0.4 * ones)
    assert not significantly_better(-0.1 + 0.1 * ones)
    assert not significantly_better(np.zeros(5))
    assert significantly_better(np.full(5, 0.1))  # the same gain for everybody
