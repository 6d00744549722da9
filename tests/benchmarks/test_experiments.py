"""The simulations in short: a report is right about as often as it says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.releases import experiments
from benchmarks.releases.simulation import random_places


@pytest.mark.parametrize(
    ("simulated", "least", "most"),
    [
        # 99.9 % of binomial counts of 150 lie within: at 5 %, at 80 %, at 95 %.
        (experiments._alarms, 1, 18),
        (experiments._ramped, 1, 18),
        (experiments._found, 102, 137),
        (experiments._preferred, 1, 18),
        (experiments._snips, 132, 149),
        (experiments._coverage, 132, 149),
    ],
)
def test_a_rate_is_what_it_should_be(
    simulated: Callable[[np.random.Generator, int], list[bool]], least: int, most: int
) -> None:
    assert least <= sum(simulated(np.random.default_rng(4), 150)) <= most


def test_the_planted_fault_of_two_points_is_always_found() -> None:
    lines = {line.what: line for line in experiments._ratios(np.random.default_rng(4), 100)}
    assert lines["the same, 2 points moved to the other arm: found"].measured == "100.0% of 100"
    assert lines["10,000 users, right ratio: alerts"].measured in {"0.0% of 100", "1.0% of 100"}


def test_an_even_choice_on_random_places_is_liked_by_three_in_ten() -> None:
    """Each video of the pool weighs the same where its likes are divided by its propensity."""
    liked, propensities, of_user = random_places(np.random.default_rng(4), 50_000)
    assert (liked / propensities).sum() / 10 / len(of_user) == pytest.approx(0.3, abs=0.01)
    assert liked.mean() > 0.35
