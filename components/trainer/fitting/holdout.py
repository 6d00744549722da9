"""Each user's newest decisions, held out of train where the valid window has few known users.

In a young or growing database nearly everybody in the newest window is new, so it says little about
users with a history. The newest fifth of each user's moments then stands
beside the window. It precedes valid and eval; features are as of the first moment held out.
"""

from __future__ import annotations

import numpy as np

from components.trainer.fitting.ranking_rows import RankingRows
from components.trainer.inputs.moments import Moments, evenly, part_of
from schema.arrays import Int64

__all__ = ["hold_out"]

KNOWN_LEAST = 200
"""With fewer users of the valid window who have decided on MANY videos, there is a holdout."""
MANY = 10
SHARE = 0.2
MOMENTS_LEAST = 5


def hold_out(
    train: Moments, window: RankingRows | None, known: int, most: int
) -> tuple[Moments, RankingRows | None]:
    """The part of train to fit, and the users to judge it by: the window's and those held out.

    Args:
        train: the window.
        window: users of the valid window; None where nobody liked anything in it.
        known: videos with a vector of their own; a history names the others by this index.
        most: most users to hold moments of.
    """
    if window and (window.decided >= MANY).sum() >= KNOWN_LEAST:
        return train, window
    first, counts = train.first_row.numpy(), train.rows_of.numpy()
    cuts = first + np.ceil((1 - SHARE) * counts).astype(np.int64)
    users = np.flatnonzero(counts >= MOMENTS_LEAST)
    users = users[evenly(len(users), most)] if len(users) else users
    decided = [_seen_and_liked(train, first[user], cuts[user], known) for user in users]
    kept = [place for place, (_, liked) in enumerate(decided) if len(liked)]
    if not kept:
        return train, window
    users, (seen, relevant) = users[kept], zip(*(decided[place] for place in kept), strict=True)
    ends = first + counts
    ends[users] = cuts[users]
    rows = {name: train.rows[name].numpy()[cuts[users]] for name in ("dense", "histories")}
    held_out = RankingRows(**rows, seen=seen, relevant=relevant)
    return part_of(train, ends), window + held_out if window else held_out


def _seen_and_liked(train: Moments, first: int, cut: int, known: int) -> tuple[Int64, Int64]:
    """Catalogue rows that a user had decided on before row `cut`, and liked from it on.

    `first` is the user's first row. A video that was decided on before is not to be found again.
    """
    begin = train.first_like[first : cut + 1].numpy()
    named = np.unique(train.rows["histories"][first : cut + 1].numpy())
    likes, left = train.likes.numpy(), int(train.likes_left[cut])
    seen = np.union1d(named[(named >= 0) & (named < known)], likes[begin[0] : begin[-1]])
    return seen, np.setdiff1d(likes[begin[-1] : begin[-1] + left], seen)
