"""How much of the catalogue an arm shows, at an equal number of users.

More users see more of the catalogue, so the arms' own counts cannot be compared. Both are taken for
the same number of users drawn at random (Hurlbert, 1971), with an error by leaving out one user at
a time (the jackknife).
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from releases.experiments.estimates import Estimate, by_user, difference
from releases.experiments.metrics import Line
from releases.experiments.reading import Rows
from schema.arrays import Float64

__all__ = ["COVERAGE", "coverage", "coverage_line"]

COVERAGE = np.dtype([("is_candidate", "?"), ("number", "i8"), ("users", "i8"), ("videos", "f8")])
"""Videos shown to a user that `users` users of the arm were shown, this one among them."""


def coverage_line(rows: Rows, catalogue: int) -> Line | None:
    """Both arms' part of the catalogue, by half of the smaller arm's users; None for too few."""
    arms = [rows[rows["is_candidate"] == arm] for arm in (False, True)]
    drawn = min(len(np.unique(arm["number"])) for arm in arms) // 2
    if not (drawn and catalogue):
        return None
    control, candidate = (coverage(arm, drawn).times(100 / catalogue) for arm in arms)
    unit = f"% of the catalogue, by {drawn:,} users"
    return Line("coverage", unit, control, candidate, difference(candidate, control))


def coverage(rows: Rows, drawn: int) -> Estimate:
    """Expected distinct videos that `drawn` users of one arm are shown.

    Args:
        rows: records of COVERAGE of one arm.
        drawn: fewer than the arm has users.
    """
    seen, videos = rows["users"], rows["videos"]
    users = len(np.unique(rows["number"]))
    all_of_them = float((videos / seen * _met(seen, users, drawn)).sum())
    # Without one user, the videos of this user have one user less.
    lost = videos * (_met(seen, users - 1, drawn) - _met(seen - 1, users - 1, drawn))
    without = -by_user(rows["number"], lost)
    error = np.sqrt((users - 1) / users * ((without - without.mean()) ** 2).sum())
    return Estimate(all_of_them, float(error), users - 1.0)


def _met(seen: Float64, users: int, drawn: int) -> Float64:
    """Probability that `drawn` of `users` hold one of the `seen` users of a video."""
    others = users - seen
    enough = others >= drawn
    left = np.where(enough, others, drawn)
    log = gammaln(left + 1) - gammaln(left - drawn + 1)
    log_all = gammaln(users + 1) - gammaln(users - drawn + 1)
    return np.asarray(1 - np.where(enough, np.exp(log - log_all), 0.0))
