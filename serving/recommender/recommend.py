"""One answer on a given connection: embedding by the model server, nearest videos by pgvector.

For commands and tests; a process that stays asks `serving.recommender.recommender`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from releases.registry import live_version
from releases.search import nearest_videos, titles_of
from schema.arrays import Float32
from schema.database import Connection
from schema.database_errors import our_errors
from schema.errors import ModelServerError
from schema.query import sql_file
from serving.model_client import ModelServerClient
from serving.popularity import Popularity
from serving.user_features import extract_user_features

__all__ = [
    "DirectAnswer",
    "RecommendedVideo",
    "calculate_similarity",
    "recommend_videos",
]

_SEEN = sql_file("serving/seen").text
_NOTHING_LEFT = "this user has decided on every video"
_AT_A_TIME = 200
"""Popular videos per query of titles."""


@dataclass(frozen=True)
class RecommendedVideo:
    """One row of an answer; a higher score is better.

    Attributes:
        video_id: UUID as text.
        title: the video's title.
        score: cosine of user and video, -1 to 1; for `popularity` the count of likes.
    """

    video_id: str
    title: str
    score: float


@dataclass(frozen=True)
class DirectAnswer:
    """Best first; videos that the user has decided on are left out.

    Attributes:
        source: `two_tower`, or `popularity` if no model could be used.
        version: the model's version; empty for `popularity`.
        videos: the recommended videos.
        reason: for popularity or for an empty answer; else empty.
        age_s: seconds since popularity was counted; 0 for `two_tower`.
    """

    source: str
    version: str
    videos: list[RecommendedVideo]
    reason: str = ""
    age_s: float = 0.0


def recommend_videos(
    connection: Connection,
    client: ModelServerClient,
    user_id: str,
    limit: int = 20,
    popularity: Popularity | None = None,
) -> DirectAnswer:
    """The best `limit` videos for a user; the most liked ones if the model is out of reach.

    The model server must use the version of the stored embeddings, because vectors of different
    versions cannot be compared. Version, features and neighbours are read in one snapshot, so that
    a concurrent release does not affect the answer.

    Args:
        connection: outside a transaction, the call opens and ends its own; inside one, the call
            is part of it.
        client: client of the model server.
        user_id: UUID as text.
        limit: maximum number of videos.
        popularity: a kept count of likes; if not given, likes are counted for this call.

    Raises:
        DatabaseError: the database refuses, or its connection is lost.
        ValueError: for an id that is not a UUID.
    """
    with our_errors(connection), _one_snapshot(connection):
        try:
            version = _released_version(connection)
            instance = extract_user_features(connection, user_id)
            (vector,) = client.embed_users([instance], version)
        except ModelServerError as error:
            return _popular(connection, popularity or Popularity(), user_id, limit, str(error))
        nearest = nearest_videos(connection, version, user_id, vector, limit)
        found = [RecommendedVideo(*row) for row in nearest]
        return DirectAnswer("two_tower", version, found, "" if found else _NOTHING_LEFT)


def calculate_similarity(user_embedding: Float32, video_embeddings: Float32) -> Float32:
    """[768] and [videos, 768], both L2-normalised, to [videos] cosines; higher is better."""
    return video_embeddings @ user_embedding


@contextmanager
def _one_snapshot(connection: Connection) -> Iterator[None]:
    """A transaction with one snapshot that ends with the block; the caller's, if one is open."""
    if connection.info.transaction_status != TRANSACTION_STATUS_IDLE:
        yield
        return
    before = connection.isolation_level
    connection.isolation_level = "REPEATABLE READ"
    try:
        yield
    finally:
        if not connection.closed:
            connection.rollback()
            connection.isolation_level = before


def _released_version(connection: Connection) -> str:
    version = live_version(connection)
    if not version:
        raise ModelServerError(
            "a released model", "none", "run `make run` until a model is released"
        )
    return version


def _popular(
    connection: Connection, popularity: Popularity, user_id: str, limit: int, reason: str
) -> DirectAnswer:
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, {"user_id": user_id})
        seen = {str(video) for (video,) in cursor}
    ranked = popularity.without(connection, seen)
    found: list[RecommendedVideo] = []
    while len(found) < limit and (some := list(islice(ranked, _AT_A_TIME))):
        titles = titles_of(connection, [video for video, _ in some])
        found += [RecommendedVideo(v, titles[v], float(n)) for v, n in some if v in titles]
    reason = reason if found else f"{reason}; {_NOTHING_LEFT}"
    return DirectAnswer("popularity", "", found[:limit], reason, round(popularity.age_s, 1))
