"""The softmax over candidates, against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import logsumexp

pytestmark = pytest.mark.tfx

USERS = np.array([[1.0, 0.0], [0.6, 0.8]], np.float32)
PAIR_VIDEOS = np.array([[1.0, 0.0], [0.0, 1.0], [0.8, 0.6], [-1.0, 0.0]], np.float32)
LOGITS = USERS @ PAIR_VIDEOS.T / 0.5
NOTHING_SEEN = np.zeros((2, 4), bool)


def _loss(liked: list[list[int]], seen: Any = NOTHING_SEEN, hard: int = 0, **given: Any) -> float:
    from components.trainer.model.losses import Retrieval

    loss = Retrieval(temperature=0.5, hard_negatives=hard)
    return float(loss(USERS, PAIR_VIDEOS, np.array(liked, np.int32), seen, **given))


def _log_chance(user: int, video: int, among: list[int]) -> float:
    return float(LOGITS[user, video] - logsumexp(LOGITS[user, among]))


def test_each_liked_video_counts_once_and_padding_not_at_all() -> None:
    everyone = [0, 1, 2, 3]
    expected = -np.mean([_log_chance(u, v, everyone) for u, v in ((0, 0), (0, 2), (1, 1))])
    assert _loss([[0, 2], [1, -1]]) == pytest.approx(expected, rel=1e-5)


def test_a_batch_without_a_liked_video_costs_nothing() -> None:
    assert _loss([[-1], [-1]]) == 0


def test_a_video_decided_on_before_is_neither_candidate_nor_target() -> None:
    seen = NOTHING_SEEN.copy()
    seen[0, 2] = seen[1, 1] = True
    expected = -_log_chance(0, 0, [0, 1, 3])
    assert _loss([[0, 2], [1, -1]], seen) == pytest.approx(expected, rel=1e-5)


def test_a_candidate_drawn_more_often_counts_less() -> None:
    expected_draws = np.array([0.5, 2.0, 1.0, 0.25], np.float32)
    corrected = LOGITS[0] - np.log(expected_draws)
    expected = -(corrected[0] - logsumexp(corrected))
    assert _loss([[0], [-1]], expected_counts=expected_draws) == pytest.approx(expected, rel=1e-5)


def test_hard_negatives_are_the_highest_others() -> None:
    """User 0 likes video 0; of the others video 2 scores highest, then video 1."""
    assert _loss([[0], [-1]], hard=1) == pytest.approx(-_log_chance(0, 0, [0, 2]), rel=1e-5)
    assert _loss([[0], [-1]], hard=2) == pytest.approx(-_log_chance(0, 0, [0, 1, 2]), rel=1e-5)
