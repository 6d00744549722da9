"""What a way to choose would have earned, by places that another way filled at random."""

from __future__ import annotations

import numpy as np
import pytest

from releases.experiments.snips import snips


def test_by_hand() -> None:
    """Weights 2, 4 and 2: (2 + 0 + 2) / 8; effective 8² / (4 + 16 + 4)."""
    found = snips(np.array([1.0, 0, 1]), np.array([0.5, 0.25, 0.5]), 1.0, np.array([0, 1, 2]))
    assert found.reward.value == 0.5
    assert found.effective == pytest.approx(64 / 24)
    assert found.places == 3


def test_even_weights_leave_every_place_and_its_mean() -> None:
    rewards = np.array([1.0, 0, 0, 1, 1])
    found = snips(rewards, np.full(5, 0.2), 0.2, np.arange(5))
    assert found.reward.value == pytest.approx(rewards.mean())
    assert found.effective == pytest.approx(5)


def test_places_that_the_way_never_fills_do_not_count() -> None:
    found = snips(np.array([1.0, 0, 0]), np.full(3, 0.5), [1.0, 1.0, 0.0], np.arange(3))
    assert found.reward.value == 0.5
    assert found.effective == 2


def test_no_place_is_no_estimate() -> None:
    none = np.zeros(0)
    found = snips(none, none, 1.0, none.astype(np.int64))
    assert np.isnan(found.reward.value)
    assert found.effective == 0


def test_an_interval_holds_the_truth_where_the_mean_does_not() -> None:
    """Two videos, liked by 60 % and 20 %, logged with 0.8 and 0.2.

    The mean of the log is near 0.52, that of an even choice 0.4. Each user has a taste, and 1 to 5
    places. Of binomial counts at 95 %, 99.9 % are 178 of 200 or more.
    """
    random = np.random.default_rng(2)
    inside = 0
    for _ in range(200):
        users = np.repeat(np.arange(300), random.integers(1, 6, 300))
        taste = random.choice([0.5, 1.5], 300)[users]
        second = random.random(len(users)) < 0.2
        liked = random.random(len(users)) < np.where(second, 0.2, 0.6) * taste
        found = snips(liked.astype(float), np.where(second, 0.2, 0.8), 0.5, users).reward
        inside += found.low <= 0.4 <= found.high
        assert found.high < 0.52
    assert inside >= 178
