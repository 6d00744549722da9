"""The videos nearest to a user's embedding, among the vectors of one version."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from releases.vectors import table_of
from schema.arrays import Float32
from schema.database import Connection
from schema.feature import Side
from schema.query import sql_file
from schema.row_rules import valid_relations
from schema.table_keys import tables_without_key

__all__ = ["NOBODY", "nearest_videos", "titles_of"]

NOBODY = "00000000-0000-0000-0000-000000000000"
"""UUID of no user."""

_NEAREST = sql_file("serving/nearest")
_TITLES = sql_file("serving/titles")


def nearest_videos(
    connection: Connection,
    version: str,
    user_id: str,
    vector: Float32,
    limit: int,
    exclude: Sequence[str] = (),
) -> list[tuple[str, str, float]]:
    """The best valid, released videos that the user has not decided on.

    Args:
        connection: in a transaction that has read which version is live.
        version: a version with vectors.
        user_id: UUID as text.
        vector: [768] float32, L2-normalised, of the same version.
        limit: most videos.
        exclude: UUIDs of further videos to leave out.

    Returns:
        Id, title and cosine of each, best first.
    """
    vectors = table_of(Side.VIDEO, version).as_string(connection)
    values = {
        "user_id": user_id, "limit": limit, "vector": vector.tolist(), "exclude": list(exclude),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_NEAREST.bind({"valid": _valid(connection), "vectors": vectors}), values)
        return [(str(video), str(title), float(score)) for video, title, score in cursor]


def titles_of(
    connection: Connection,
    ids: Sequence[str],
    *,
    genre: str | None = None,
    maker: str | None = None,
    price_max: float | None = None,
    released_since: datetime | None = None,
) -> dict[str, str]:
    """Titles by id, of the videos that exist, are valid and released as of now.

    Args:
        connection: to the database.
        ids: UUIDs as text.
        genre: of every video; None for any.
        maker: of every video; None for any.
        price_max: every video has a price up to this; None for any, or none.
        released_since: every video has a date from then on; None for any, or none.
    """
    values = {
        "ids": list(ids), "genre": genre, "maker": maker, "price_max": price_max,
        "released_since": released_since,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_TITLES.bind({"valid": _valid(connection)}), values)
        return dict(cursor.fetchall())


def _valid(connection: Connection) -> str:
    return valid_relations(without_key=tables_without_key(connection), few_videos=True)
