"""A copy of one version's video vectors in this process, and exact search in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from releases.vectors import load_embeddings_from_db
from schema.arrays import Float32
from schema.database import Connection
from schema.feature import Side
from serving.recommender.catalogue import Catalogue, Columns
from serving.recommender.request import Filters

__all__ = ["VideoIndex", "load_index"]

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

    def __len__(self) -> int:
        return len(self.ids)

    def scores(self, vectors: Float32) -> Float32:
        """[users, videos] cosines of [users, 768] vectors, L2-normalised."""
        return vectors @ self.vectors.T

    def ranked(
        self, scores: Float32, gone: Collection[str], filters: Filters, limit: int
    ) -> Iterator[tuple[str, float]]:
        """Ids and cosines, best first, of all that are allowed and not gone; lazily ordered.

        Args:
            scores: [videos] of one user; overwritten.
            gone: UUIDs to leave out.
            filters: conditions.
            limit: about how many will be taken.
        """
        scores[~self.columns.allowed(filters)] = -np.inf
        scores[[self.rows[video] for video in gone if video in self.rows]] = -np.inf
        given, take = 0, limit + _AT_FIRST
        while given < len(scores):
            best = _best(scores, take)[given:]
            for row in best:
                if scores[row] == -np.inf:
                    return
                yield self.ids[row], float(scores[row])
            given, take = take, take * 8

    def nearest_of(self, video: str, others: list[str]) -> str | None:
        """The one of `others` whose vector lies nearest to the video's; None if none is here."""
        there = [other for other in others if other in self.rows]
        if not there or video not in self.rows:
            return None
        rows = self.vectors[[self.rows[other] for other in there]]
        return there[int((rows @ self.vectors[self.rows[video]]).argmax())]

    def with_columns(self, catalogue: Catalogue) -> VideoIndex:
        """The same vectors with columns as of now."""
        return VideoIndex(self.version, self.ids, self.vectors, catalogue.columns(self.ids))


def load_index(connection: Connection, version: str, catalogue: Catalogue) -> VideoIndex:
    """The version's videos out of its table."""
    found = load_embeddings_from_db(connection, Side.VIDEO, version)
    return VideoIndex(version, found.ids, found.vectors, catalogue.columns(found.ids))


def _best(scores: Float32, take: int) -> list[int]:
    """Rows of the `take` highest scores, best first; ties by row."""
    if take < len(scores):
        rows = np.sort(np.argpartition(-scores, take)[:take])
    else:
        rows = np.arange(len(scores))
    return [int(row) for row in rows[np.argsort(-scores[rows], kind="stable")]]
