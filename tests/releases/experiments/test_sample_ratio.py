"""Arms with the wrong users are found, and chance is not taken for it."""

from __future__ import annotations

import pytest
from scipy import stats

from releases.experiments.sample_ratio import sample_ratio


@pytest.mark.parametrize(("control", "candidate"), [(4800, 5200), (5000, 5000), (4900, 5100)])
def test_p_is_that_of_scipy_s_chi_squared_test(control: int, candidate: int) -> None:
    found = sample_ratio(control, candidate, 5000, 2500)
    assert found.p == pytest.approx(stats.chisquare([control, candidate]).pvalue)


def test_two_points_too_many_of_ten_thousand_are_found() -> None:
    """Pearson: 2 * 200² / 5,000 = 16, p = 0.000063. One point, p = 0.046, may be chance."""
    found = sample_ratio(4800, 5200, 5000, 2500)
    assert found.is_alert
    assert found.problem == "5,200 of 10,000 for the candidate, expected 5,000 (p = 6e-05)"
    assert not sample_ratio(4900, 5100, 5000, 2500).is_alert
    assert sample_ratio(4900, 5100, 5000, 2500).problem == ""


def test_users_outside_of_their_bucket_s_arm_are_found_even_where_counts_agree() -> None:
    """200 of 10,000 are more than the 1 % of a change of the share."""
    found = sample_ratio(5000, 5000, 5000, 2500, elsewhere=200)
    assert found.is_alert
    assert found.problem.endswith("(p = 1), 200 not in the arm of their bucket")
    assert not sample_ratio(5000, 5000, 5000, 2500, elsewhere=100).is_alert


def test_nobody_is_no_alert() -> None:
    assert not sample_ratio(0, 0, 0, 0).is_alert
