"""Whether the arms have got the users that the share says. If not, nothing can be concluded."""

from __future__ import annotations

from typing import NamedTuple

from scipy import stats

__all__ = ["ALERT", "SampleRatio", "sample_ratio"]

ALERT = 0.001
"""A smaller p is an alert, as Statsig has it: more would cry wolf at each reading of a report."""
ELSEWHERE = 0.01
"""Part of the users whose arm may differ from their bucket's, as while the share is changed."""


class SampleRatio(NamedTuple):
    """Users of each arm, or first places of each list.

    Attributes:
        control: count.
        candidate: count.
        expected: the candidate's expected count.
        p: probability of a count as far from it, by the chi-squared test; 1 without a user.
        elsewhere: users whose arm is not that of their bucket.
    """

    control: int
    candidate: int
    expected: float
    p: float
    elsewhere: int

    @property
    def is_alert(self) -> bool:
        """Whether something other than chance has chosen the users."""
        users = self.control + self.candidate
        return self.p < ALERT or self.elsewhere > ELSEWHERE * users

    @property
    def problem(self) -> str:
        """What is wrong, for a person; empty if nothing is."""
        if not self.is_alert:
            return ""
        moved = f", {self.elsewhere:,} not in the arm of their bucket" if self.elsewhere else ""
        return (
            f"{self.candidate:,} of {self.control + self.candidate:,} for the candidate,"
            f" expected {self.expected:,.0f} (p = {self.p:.1g}){moved}"
        )


def sample_ratio(
    control: int, candidate: int, expected: float, variance: float, elsewhere: int = 0
) -> SampleRatio:
    """The check; for one share the statistic is Pearson's.

    Args:
        control: count.
        candidate: count.
        expected: sum of the users' shares.
        variance: sum of share times (1 - share).
        elsewhere: users whose arm is not that of their bucket.
    """
    statistic = (candidate - expected) ** 2 / variance if variance else 0.0
    p = float(stats.chi2.sf(statistic, 1))
    return SampleRatio(control, candidate, expected, p, elsewhere)
