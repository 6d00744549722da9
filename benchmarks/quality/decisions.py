"""Who decided what before a moment, in the order of time: what every peer is fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from schema.arrays import Float64, Int64
from schema.database import Connection
from schema.windows import WindowRule, resolve_windows

__all__ = ["Decisions", "read_decisions"]

# A video that was ever liked is a like, at the place of the newest decision on it.
_BEFORE = """
SELECT user_id::text, video_id::text, bool_or(decision = 'like') FROM user_video_decisions
WHERE decided_at < %s GROUP BY user_id, video_id ORDER BY max(decided_at), video_id
"""


@dataclass(frozen=True, eq=False)  # so that a function's results can be kept by the object
class Decisions:
    """Pairs of a user and a video, each once, oldest first.

    Attributes:
        users: [n] rows of users.
        videos: [n] rows of videos.
        liked: [n]; what is not liked is noped.
        shape: how many users and videos there are, those without a decision too.
    """

    users: Int64
    videos: Int64
    liked: npt.NDArray[np.bool_]
    shape: tuple[int, int]

    @property
    def counts(self) -> Int64:
        """[users]: decisions of each."""
        return np.bincount(self.users, minlength=self.shape[0])

    @property
    def ranks(self) -> Int64:
        """[n]: how many newer decisions the same user has; 0 is the newest."""
        by_user = np.lexsort((-np.arange(len(self.users)), self.users))
        first = np.cumsum(self.counts) - self.counts
        ranks = np.empty(len(self.users), np.int64)
        ranks[by_user] = np.arange(len(self.users)) - first[self.users[by_user]]
        return ranks

    def where(self, kept: npt.NDArray[np.bool_]) -> Self:
        """Those of `kept` [n], of the same users and videos."""
        return type(self)(self.users[kept], self.videos[kept], self.liked[kept], self.shape)

    @property
    def likes(self) -> Self:
        """Those that are likes."""
        return self.where(self.liked)

    def cut_newest(self, share: float = 0.2) -> tuple[Self, Self]:
        """The older ones and each user's newest `share`, rounded down: a validation cut."""
        newest = self.ranks < np.floor(self.counts[self.users] * share)
        return self.where(~newest), self.where(newest)

    @property
    def by_user(self) -> list[Int64]:
        """Per user, the rows of videos, ascending."""
        matrix = self.matrix()
        matrix.sort_indices()
        return np.split(matrix.indices.astype(np.int64), matrix.indptr[1:-1])

    def matrix(self, weights: Float64 | None = None) -> sparse.csr_matrix:
        """[users, videos] of ones, or of `weights` [n], one for each decision."""
        values = np.ones(len(self.users)) if weights is None else weights
        return sparse.csr_matrix((values, (self.users, self.videos)), self.shape)


def read_decisions(
    connection: Connection, rule: WindowRule | None, users: Sequence[str], videos: Sequence[str]
) -> Decisions:
    """What was decided before the eval window; the users given come first, then everybody else.

    Without a rule all that the database has.
    """
    row_of = {user: row for row, user in enumerate(users)}
    column_of = {video: column for column, video in enumerate(videos)}
    begin = resolve_windows(connection, rule).valid_end if rule else "infinity"
    with connection.cursor() as cursor:
        cursor.execute(_BEFORE, (begin,))
        found = [
            (row_of.setdefault(user, len(row_of)), column_of[video], liked)
            for user, video, liked in cursor
        ]
    rows, columns, liked = np.array(found, np.int64).reshape(-1, 3).T
    return Decisions(rows, columns, liked.astype(bool), (len(row_of), len(column_of)))
