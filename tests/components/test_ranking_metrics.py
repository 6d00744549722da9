"""Ranking metrics, compared with scikit-learn and with sums by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from components.ranking_metrics import hits, ndcg, recall, reciprocal_rank, top_k

NONE = np.array([], np.int64)
SCORES = np.array([[0.5, 0.9, 0.1, 0.7], [0.2, 0.2, 0.9, 0.1]], np.float32)
EYE = np.eye(4, dtype=np.float32)


def test_the_best_unseen_videos_come_best_first_and_equal_ones_by_row() -> None:
    assert top_k(SCORES, EYE, [NONE, NONE], 3).tolist() == [[1, 3, 0], [2, 0, 1]]
    assert top_k(SCORES, EYE, [np.array([1]), np.array([2, 0])], 3).tolist() == [
        [3, 0, 2], [1, 3, -1],
    ]  # fmt: skip


def test_fewer_videos_than_places_leave_places_empty() -> None:
    assert top_k(SCORES[:, :2], EYE[:2, :2], [NONE, np.array([0, 1])], 4).tolist() == [
        [1, 0, -1, -1], [-1, -1, -1, -1],
    ]  # fmt: skip


def test_a_score_that_is_no_number_is_never_recommended() -> None:
    scores = np.array([[np.nan, 0.1, np.inf, -0.2]], np.float32)
    assert top_k(scores, EYE, [NONE], 4).tolist() == [[-1, -1, -1, -1]]  # nan * 0 is nan
    vectors = np.array([[1.0], [np.nan], [2.0]], np.float32)
    assert top_k(np.ones((1, 1), np.float32), vectors, [NONE], 3).tolist() == [[2, 0, -1]]


def test_more_users_than_one_block_are_all_ranked() -> None:
    users = np.tile(SCORES, (300, 1))
    top = top_k(users, EYE, [NONE] * 600, 1)
    assert top[:, 0].tolist() == [1, 2] * 300


def test_figures_by_hand() -> None:
    """Ranks 1 and 3 of 4 hit, of five liked; then no hit."""
    top = np.array([[7, 1, 8, 2], [1, 2, 3, 4]])
    relevant = [np.array([8, 7, 20, 21, 22]), np.array([9])]
    hit, liked = hits(top, relevant), np.array([5, 1])
    assert hit.tolist() == [[True, False, True, False], [False] * 4]
    assert recall(hit, liked, 4).tolist() == [0.4, 0.0]
    assert recall(hit, liked, 2).tolist() == [0.2, 0.0]
    # Gains of 1 and 1/2 over those of the first four ranks.
    assert ndcg(hit, liked, 4).tolist() == pytest.approx([0.585569, 0.0], abs=1e-5)
    assert reciprocal_rank(hit).tolist() == [1.0, 0.0]
    assert reciprocal_rank(np.array([[False, False, True]])).tolist() == pytest.approx([1 / 3])


@given(st.lists(st.booleans(), min_size=2, max_size=30).filter(any), st.integers(1, 30))
def test_ndcg_is_scikit_learn_s(liked: list[bool], k: int) -> None:
    """One user, all videos ranked in the order of their rows."""
    n = len(liked)
    scores = np.arange(n, 0, -1, dtype=np.float64)[np.newaxis]
    hit = np.array([liked])[:, :k]
    expected = ndcg_score(np.array([liked], float), scores, k=k)
    assert ndcg(hit, np.array([sum(liked)]), k)[0] == pytest.approx(expected)
