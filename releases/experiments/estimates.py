"""Ratios of sums over users, and their differences, with intervals clustered by user.

A user's videos are not independent, users are. The delta method takes a ratio for the mean of its
users' linear terms (Deng, Knoblich and Lu, 2018). Each term is corrected for its own leverage (HC2:
MacKinnon and White, 1985), because few users have many videos.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

from schema.arrays import Float64, Int64

__all__ = ["LEVEL", "POWER", "Estimate", "by_user", "detectable", "difference", "ratio"]

LEVEL, POWER = 0.95, 0.8
FEWEST = 2
"""Users of an interval."""


class Estimate(NamedTuple):
    """A figure that is known up to an error; NaN where there is none.

    Attributes:
        value: the estimate.
        error: its standard error.
        freedom: degrees of freedom, for Student's distribution.
    """

    value: float
    error: float
    freedom: float

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval."""
        return self.value - self._half

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval."""
        return self.value + self._half

    @property
    def _half(self) -> float:
        return float(stats.t.ppf((1 + LEVEL) / 2, self.freedom)) * self.error

    def times(self, factor: float) -> Estimate:
        """In another unit."""
        return Estimate(self.value * factor, self.error * abs(factor), self.freedom)


NONE = Estimate(float("nan"), float("nan"), float("nan"))


def ratio(over: Float64, under: Float64) -> Estimate:
    """The sum of `over` by that of `under`.

    Args:
        over: [users], such as likes.
        under: [users], such as shown videos.
    """
    users, total = len(under), under.sum()
    if users < FEWEST or total <= 0:
        return NONE
    value = over.sum() / total
    terms = over - value * under
    # A user with a large part of the videos pulls the ratio to the own one. With equal parts this
    # is the usual n / (n - 1).
    others = 1 - under / total
    if not others.all():
        return NONE
    error = np.sqrt((terms**2 / others).sum()) / total
    return Estimate(float(value), float(error), users - 1.0)


def difference(candidate: Estimate, control: Estimate) -> Estimate:
    """Candidate less control, of different users (Welch, 1947)."""
    one, two = candidate.error**2, control.error**2
    spread = one**2 / candidate.freedom + two**2 / control.freedom
    # Without any spread every number of degrees gives the same interval, of length 0.
    freedom = (one + two) ** 2 / spread if spread else candidate.freedom + control.freedom
    return Estimate(candidate.value - control.value, float(np.sqrt(one + two)), float(freedom))


def by_user(numbers: Int64, values: npt.NDArray[Any]) -> Float64:
    """[rows] numbers of users and [rows] values to [users] sums, in order of the numbers."""
    _, place = np.unique(numbers, return_inverse=True)
    return np.bincount(place, weights=values).astype(np.float64)


def detectable(error: float) -> float:
    """The difference that a test at 95 % finds with a probability of 80 %."""
    return float(stats.norm.ppf((1 + LEVEL) / 2) + stats.norm.ppf(POWER)) * error
