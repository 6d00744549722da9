"""The videos nearest to a user's embedding, among the vectors of one version."""

from __future__ import annotations

from collections.abc import Sequence

from releases.vectors import table_of
from schema.arrays import Float32
from schema.database import Connection
from schema.feature import Side
from schema.query import sql_file
from schema.row_rules import valid_relations
from schema.table_keys import tables_without_key

__all__ = ["nearest_videos"]

_NEAREST = sql_file("serving/nearest")


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
    valid = valid_relations(without_key=tables_without_key(connection), few_videos=True)
    vectors = table_of(Side.VIDEO, version).as_string(connection)
    values = {
        "user_id": user_id, "limit": limit, "vector": vector.tolist(), "exclude": list(exclude),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_NEAREST.bind({"valid": valid, "vectors": vectors}), values)
        return [(str(video), str(title), float(score)) for video, title, score in cursor]
