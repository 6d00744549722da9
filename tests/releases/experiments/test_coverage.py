"""Coverage beside an enumeration of every draw."""

from __future__ import annotations

from itertools import combinations
from statistics import mean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from releases.experiments.coverage import COVERAGE, coverage, coverage_line
from releases.experiments.reading import Rows

SHOWN = st.lists(st.sets(st.integers(0, 8), min_size=1), min_size=3, max_size=6)


def _rows(shown: list[set[int]], *, is_candidate: bool = False) -> Rows:
    """As coverage.sql gives them; here each video has a row of its own."""
    found = [
        (is_candidate, number, sum(video in other for other in shown), 1)
        for number, own in enumerate(shown)
        for video in own
    ]
    return np.array(found, COVERAGE)


def _enumerated(shown: list[set[int]], drawn: int) -> float:
    return mean(len(set().union(*some)) for some in combinations(shown, drawn))


@given(SHOWN, st.data())
def test_it_is_the_mean_over_all_draws_of_users(shown: list[set[int]], data: st.DataObject) -> None:
    drawn = data.draw(st.integers(1, len(shown) - 1))
    assert coverage(_rows(shown), drawn).value == pytest.approx(_enumerated(shown, drawn))


@given(SHOWN)
def test_the_error_is_that_of_leaving_out_each_user(shown: list[set[int]]) -> None:
    users = len(shown)
    without = np.array([_enumerated(shown[:i] + shown[i + 1 :], 2) for i in range(users)])
    expected = np.sqrt((users - 1) * without.var())
    assert coverage(_rows(shown), 2).error == pytest.approx(expected, abs=1e-9)


def test_both_arms_are_taken_for_half_of_the_smaller_one_s_users() -> None:
    """Four users with one video each, all alike; and eight with one of their own: 1 and 2 of 20."""
    alike = _rows([{1}] * 4)
    apart = _rows([{number} for number in range(8)], is_candidate=True)
    found = coverage_line(np.concatenate([alike, apart]), 20)
    assert found is not None
    assert (found.control.value, found.candidate.value) == pytest.approx((5, 10))
    assert found.unit == "% of the catalogue, by 2 users"
    assert coverage_line(alike, 20) is None
