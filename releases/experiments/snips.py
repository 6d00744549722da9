"""What another way to choose would have earned on places that were filled at random.

The self-normalized estimate by inverse propensities (Swaminathan and Joachims, 2015).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from releases.experiments.estimates import Estimate, by_user, ratio
from schema.arrays import Float64, Int64

__all__ = ["FEWEST", "Snips", "snips"]

FEWEST = 100
"""Effective places, below which nothing is concluded."""


class Snips(NamedTuple):
    """An estimate of the mean reward.

    Attributes:
        reward: mean reward of the way in question.
        effective: effective sample size, in places (Kish, 1965).
        places: places with a propensity.
    """

    reward: Estimate
    effective: float
    places: int


def snips(rewards: Float64, propensities: Float64, target: npt.ArrayLike, users: Int64) -> Snips:
    """The mean reward if places were filled by `target`; its interval is clustered by user.

    Args:
        rewards: [places], such as 1 for a like.
        propensities: [places], probability with which the logged video got the place; above 0.
        target: [places], probability with which the way in question gives it that place; one
            number stands for all.
        users: [places], number of the user.
    """
    weights = np.asarray(target, np.float64) / propensities
    squares = (weights**2).sum()
    effective = float(weights.sum() ** 2 / squares) if squares else 0.0
    reward = ratio(by_user(users, weights * rewards), by_user(users, weights))
    return Snips(reward, effective, len(weights))
