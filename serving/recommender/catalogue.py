"""Title, and what requests filter by, of every valid video, in this process."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from math import inf
from sys import intern
from typing import Any, NamedTuple

import numpy as np

from releases.search import titles_of
from schema.arrays import Float64
from schema.database import Connection
from schema.query import sql_file
from schema.row_rules import valid_relations
from schema.table_keys import tables_without_key
from serving.recommender.request import Filters

__all__ = ["Catalogue", "Video", "checked_titles", "read_catalogue"]

_CATALOGUE = sql_file("serving/catalogue")


class Video(NamedTuple):
    """What is known of a video.

    Attributes:
        genre: or None.
        maker: or None.
        price: or None.
        released_s: seconds since 1970, or None.
        title: the video's title.
    """

    genre: str | None
    maker: str | None
    price: float | None
    released_s: float | None
    title: str = ""

    def fits(self, filters: Filters) -> bool:
        """Whether it is released by now, and within the filters; as `Columns.allowed`."""
        released = -inf if self.released_s is None else self.released_s
        since = -inf if filters.released_since is None else filters.released_since.timestamp()
        return (
            since <= released <= time.time()
            and filters.genre in {None, self.genre}
            and filters.maker in {None, self.maker}
            and (
                filters.price_max is None
                or (inf if self.price is None else self.price) <= filters.price_max
            )
        )


NOBODY_KNOWS = Video(None, None, None, float("inf"))
"""In place of a video that is not in the catalogue: it is never released."""


class Catalogue:
    """All valid videos at one moment.

    Args:
        videos: by id.
    """

    def __init__(self, videos: dict[str, Video]) -> None:
        self.videos = videos

    def columns(self, ids: Sequence[str]) -> Columns:
        """The columns of these videos, row by row."""
        rows = [self.videos.get(video, NOBODY_KNOWS) for video in ids]
        return Columns(
            np.array([row.genre for row in rows], object),
            np.array([row.maker for row in rows], object),
            np.array([np.nan if row.price is None else row.price for row in rows], np.float64),
            np.array(
                [-np.inf if row.released_s is None else row.released_s for row in rows], np.float64
            ),
        )


class Columns(NamedTuple):
    """Columns of [n] videos; a missing price is NaN, a missing date -inf."""

    genre: np.ndarray[tuple[int], np.dtype[np.object_]]
    maker: np.ndarray[tuple[int], np.dtype[np.object_]]
    price: Float64
    released_s: Float64

    def allowed(self, filters: Filters) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """[n] bool: released by now, and within the filters."""
        kept = self.released_s <= time.time()
        if filters.genre is not None:
            kept &= self.genre == filters.genre
        if filters.maker is not None:
            kept &= self.maker == filters.maker
        if filters.price_max is not None:
            kept &= self.price <= filters.price_max
        if filters.released_since is not None:
            kept &= self.released_s >= filters.released_since.timestamp()
        return kept


def read_catalogue(connection: Connection) -> Catalogue:
    """Every valid video."""
    valid = valid_relations(without_key=tables_without_key(connection), few_videos=True)
    with connection.cursor() as cursor:
        cursor.execute(_CATALOGUE.bind({"valid": valid}))
        return Catalogue({video: Video(*map(_shared, row)) for video, *row in cursor})


def _shared(value: Any) -> Any:
    """Equal texts as one: genres, and the titles that a refresh reads again."""
    return intern(value) if isinstance(value, str) else value


def checked_titles(
    connection: Connection, ids: Sequence[str], filters: Filters | None = None
) -> dict[str, str]:
    """Titles by id, of those that exist, are valid, released and within the filters, as of now.

    Equal titles are one text: the answers that are remembered have the same ones again and again.
    """
    wanted = filters or Filters()
    found = titles_of(connection, ids, **asdict(wanted))
    return {video: intern(title) for video, title in found.items()}
