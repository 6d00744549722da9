"""Intervals as SciPy's tests have them where these apply, and true where not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from releases.experiments.estimates import by_user, detectable, difference, ratio


def test_with_one_video_each_a_ratio_is_the_t_test_s_mean() -> None:
    values = np.array([0.0, 1, 1, 0, 1, 0, 0])
    found = ratio(values, np.ones(7))
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert found.value == pytest.approx(3 / 7)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_with_one_video_each_a_difference_is_welch_s() -> None:
    one, two = np.array([1.0, 2, 4, 9, 3]), np.array([2.0, 2, 1])
    found = difference(ratio(one, np.ones(5)), ratio(two, np.ones(3)))
    expected = stats.ttest_ind(one, two, equal_var=False)
    interval = expected.confidence_interval(0.95)
    assert found.freedom == pytest.approx(expected.df)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_a_ratio_by_hand() -> None:
    """3 of 4, 0 of 2, 1 of 2: ratio 1/2; terms 1, -1, 0; error sqrt(1 / (1/2) + 1 / (3/4)) / 8."""
    found = ratio(np.array([3.0, 0, 1]), np.array([4.0, 2, 2]))
    assert found.value == 0.5
    assert found.error == pytest.approx((10 / 3) ** 0.5 / 8)
    assert found.freedom == 2


def test_a_user_who_is_counted_twice_as_often_does_not_count_as_two() -> None:
    """Ten times the videos at the same rate leave the error as it is."""
    likes, videos = np.array([3.0, 0, 1]), np.array([4.0, 2, 2])
    assert ratio(10 * likes, 10 * videos) == pytest.approx(ratio(likes, videos))


@pytest.mark.parametrize(
    ("over", "under"),
    [([], []), ([1.0], [1.0]), ([0.0, 0.0], [0.0, 0.0]), ([1.0, 0.0], [3.0, 0.0])],
)
def test_there_is_no_estimate_by_too_little(over: list[float], under: list[float]) -> None:
    found = ratio(np.array(over), np.array(under))
    assert np.isnan([found.value, found.low, found.high]).all()
    known = ratio(np.array([3.0, 0, 1]), np.array([4.0, 2, 2]))
    assert np.isnan(difference(found, known).low)


def test_without_any_spread_a_difference_is_exact() -> None:
    ones = ratio(np.ones(3), np.ones(3))
    none = ratio(np.zeros(3), np.ones(3))
    found = difference(ones, none)
    assert (found.low, found.high) == (1, 1)


def test_sums_by_user_are_in_order_of_the_numbers() -> None:
    assert by_user(np.array([7, 2, 7]), np.array([1, 2, 4])).tolist() == [2, 5]


def test_a_detectable_difference_is_found_in_four_of_five() -> None:
    """A normal estimate with this mean and error 1 is significant with a probability of 80 %."""
    power = stats.norm.sf(1.959964 - detectable(1))
    assert power == pytest.approx(0.8, abs=1e-6)


def test_two_arms_alike_differ_in_one_of_twenty() -> None:
    """400 pairs of arms; users differ in rate and in number of videos.

    Of binomial counts at 5 %, 99.9 % lie between 6 and 34. An interval that takes videos for
    independent would raise 80 and more.
    """
    random = np.random.default_rng(1)
    alarms = 0
    for _ in range(400):
        videos = random.geometric(0.1, 400).astype(float)
        likes = random.binomial(videos.astype(int), random.beta(1, 2, 400)).astype(float)
        found = difference(ratio(likes[:200], videos[:200]), ratio(likes[200:], videos[200:]))
        alarms += not found.low <= 0 <= found.high
    assert 6 <= alarms <= 34
