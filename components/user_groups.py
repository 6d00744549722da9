"""Groups of users by how many videos they have decided on: none, few, many."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

__all__ = ["GROUPS", "LABELS", "LARGE", "groups", "members"]

GROUPS = (0, 1, 10)
"""Least number of decisions of each group."""
LABELS = ("none", "1 to 9", "10 or more")
LARGE = 50
"""Users of a group from which it is judged by itself."""


def groups(decided: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """[users] counts to [users] places in GROUPS.

    The model counts the entries of a user's histories, the second gate distinct videos; they differ
    where somebody has decided twice on one video.
    """
    return np.searchsorted(GROUPS, np.asarray(decided), side="right") - 1


def members(decided: npt.ArrayLike) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    """The label and the [users] mask of each group that has a user."""
    place = groups(decided)
    for group, label in enumerate(LABELS):
        if (place == group).any():
            yield label, place == group
