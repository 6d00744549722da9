"""A copy of one version's video vectors in this process, and exact search in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from copy import copy

import numpy as np

from releases.vectors import load_embeddings_from_db
from schema.arrays import Float32
from schema.database import Connection
from schema.feature import Side
from serving.recommender.bounds import Bounds
from serving.recommender.catalogue import Catalogue, Columns
from serving.recommender.request import Filters

__all__ = ["VideoIndex", "load_index"]

Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
Rows = np.ndarray[tuple[int], np.dtype[np.int64]]
_AT_FIRST = 64
"""Rows beyond the limit that are ordered at first: some may be gone since the last refresh."""


class VideoIndex:
    """Vectors and columns of a version's videos, row by row.

    Args:
        version: the version.
        ids: UUIDs as text.
        vectors: [ids, 768] float32, L2-normalised.
        columns: of the same rows.
    """

    def __init__(self, version: str, ids: list[str], vectors: Float32, columns: Columns) -> None:
        self.version, self.ids, self.vectors, self.columns = version, ids, vectors, columns
        self.rows = {video: row for row, video in enumerate(ids)}
        self._bounds = Bounds(vectors)

    def __len__(self) -> int:
        return len(self.ids)

    def ranked(
        self, vector: Float32, gone: Collection[str], filters: Filters, limit: int
    ) -> Iterator[tuple[str, float]]:
        """Ids and cosines, best first, of all that are allowed and not gone; lazily ordered.

        Args:
            vector: [768] float32, L2-normalised.
            gone: UUIDs to leave out.
            filters: conditions.
            limit: about how many will be taken.
        """
        left = self.columns.allowed(filters)
        left[[self.rows[video] for video in gone if video in self.rows]] = False
        take = limit + _AT_FIRST
        yield from self._best(vector, self._near(vector, left, take), left, take)
        yield from self._best(vector, np.flatnonzero(left), left, len(self))

    def _near(self, vector: Float32, left: Mask, take: int) -> Rows:
        """Rows that are left, the `take` best of them included."""
        if take >= len(self):
            return np.flatnonzero(left)
        low, high = self._bounds.of(vector)
        low[~left] = -np.inf
        return np.flatnonzero(left & (high >= np.partition(low, -take)[-take]))

    def _best(
        self, vector: Float32, rows: Rows, left: Mask, take: int
    ) -> Iterator[tuple[str, float]]:
        """The `take` best of these rows, ties by row; they are not left any more."""
        few = len(rows) < len(self) // 4
        scores = self.vectors[rows] @ vector if few else (self.vectors @ vector)[rows]
        order = np.argsort(-scores, kind="stable")[:take]
        left[rows[order]] = False
        yield from ((self.ids[rows[place]], float(scores[place])) for place in order)

    def nearest_of(self, video: str, others: list[str]) -> str | None:
        """The one of `others` whose vector lies nearest to the video's; None if none is here."""
        there = [other for other in others if other in self.rows]
        if not there or video not in self.rows:
            return None
        rows = self.vectors[[self.rows[other] for other in there]]
        return there[int((rows @ self.vectors[self.rows[video]]).argmax())]

    def with_columns(self, catalogue: Catalogue) -> VideoIndex:
        """The same vectors with columns as of now."""
        found = copy(self)
        found.columns = catalogue.columns(self.ids)
        return found


def load_index(connection: Connection, version: str, catalogue: Catalogue) -> VideoIndex:
    """The version's videos out of its table."""
    found = load_embeddings_from_db(connection, Side.VIDEO, version)
    return VideoIndex(version, found.ids, found.vectors, catalogue.columns(found.ids))
