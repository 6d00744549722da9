"""Some users' lists by the candidate beside those of another model, for a person to look at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from components.retrieval_evaluator.window import Window
from schema.arrays import Int64
from schema.documents.ranking import Place, UserList

__all__ = ["user_lists"]

FIRST = 10
EACH = 5
"""Users whose lists changed most, and users at random."""
SEED = 7
NONE = -1


def user_lists(ours: Int64, theirs: Int64, window: Window) -> list[UserList]:
    """The lists of 2 * EACH users.

    Args:
        ours: [users, K] rows of videos by the candidate, best first, -1 for none.
        theirs: the same by the other model.
        window: names the videos, and says which were liked.
    """
    return [
        UserList(
            why=why,
            decided=len(window.seen[user]),
            candidate=_places(ours[user], theirs[user], window, user),
            live=_places(theirs[user], ours[user], window, user),
        )
        for user, why in _chosen(ours, theirs)
    ]


def _chosen(
    ours: Int64, theirs: Int64
) -> Iterator[tuple[int, Literal["changed most", "at random"]]]:
    """Users, by their rows; each once."""
    pairs = zip(ours[:, :FIRST], theirs[:, :FIRST], strict=True)
    kept = np.array([len(np.intersect1d(mine, other)) for mine, other in pairs])
    order = np.argsort(kept, kind="stable")
    yield from ((int(user), "changed most") for user in order[:EACH])
    rest = np.random.default_rng(SEED).permutation(np.sort(order[EACH:]))
    yield from ((int(user), "at random") for user in rest[:EACH])


def _places(own: Int64, other: Int64, window: Window, user: int) -> list[Place]:
    rank_of = {int(row): rank for rank, row in enumerate(other) if row != NONE}
    return [
        Place(
            video=window.videos[row],
            found=bool(np.isin(row, window.relevant[user])),
            moved=rank_of[int(row)] - rank if int(row) in rank_of else None,
        )
        for rank, row in enumerate(own[:FIRST])
        if row != NONE
    ]
