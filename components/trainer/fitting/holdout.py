"""Each user's newest decisions, held out of train where the valid window has few known users.

In a young or growing database nearly everybody in the newest window is new, and says nothing of
how those are ranked for who have a history. The newest fifth of each user's moments then stands
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
    liked_after = train.likes_left.numpy()[np.minimum(cuts, counts.sum() - 1)] > 0
    users = np.flatnonzero((counts >= MOMENTS_LEAST) & liked_after)
    if not len(users):
        return train, window
    users = users[evenly(len(users), most)]
    held_out = _as_of(train, first[users], cuts[users], known)
    ends = first + counts
    ends[users] = cuts[users]
    return part_of(train, ends), window + held_out if window else held_out


def _as_of(train: Moments, first: Int64, cuts: Int64, known: int) -> RankingRows:
    """Users as of their row `cuts`; `first` is the first row of each."""
    histories, likes = train.rows["histories"].numpy(), train.likes.numpy()
    begin, left = train.first_like.numpy(), train.likes_left.numpy()
    seen, relevant = [], []
    for row, cut in zip(first, cuts, strict=True):
        named = np.unique(histories[row : cut + 1])
        seen.append(
            np.union1d(named[(named >= 0) & (named < known)], likes[begin[row] : begin[cut]])
        )
        relevant.append(np.unique(likes[begin[cut] : begin[cut] + left[cut]]))
    return RankingRows(train.rows["dense"].numpy()[cuts], histories[cuts], seen, relevant)
