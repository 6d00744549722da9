"""Which videos for this user? The tower answers over REST, pgvector finds the nearest videos."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from schema.database import Connection
from schema.errors import ModelServerError
from schema.soundness import sound_relations
from serving.client import ModelServerClient
from serving.user_features import extract_user_features

__all__ = ["Answer", "RecommendedVideo", "calculate_similarity", "recommend_videos"]

_VERSION = "SELECT model_version FROM two_tower.releases ORDER BY released_at DESC LIMIT 1"
# `<#>` is the negative inner product; of unit vectors the inner product is the cosine.
# Whatever was decided, and however wrongly it was written down, was seen.
_SEEN = "seen AS (SELECT video_id FROM user_video_decisions WHERE user_id = %(user_id)s)"
_NEAREST = f"""
WITH {_SEEN}, {sound_relations(of_users=True)}
SELECT video_id::text, title, -(embedding <#> %(vector)s::vector) AS score
FROM video_embeddings
JOIN videos USING (video_id)
WHERE model_version = %(version)s
    AND (released_at > now()) IS NOT TRUE
    AND NOT EXISTS (SELECT FROM seen WHERE seen.video_id = video_embeddings.video_id)
ORDER BY embedding <#> %(vector)s::vector, video_id
LIMIT %(limit)s
"""
_POPULAR = f"""
WITH {_SEEN}, {sound_relations()}
SELECT video_id::text, title, count(decision.video_id)::float8 AS score
FROM videos
LEFT JOIN user_video_decisions AS decision USING (video_id)
WHERE (decision.decision = 'like' OR decision.decision IS NULL)
    AND (released_at > now()) IS NOT TRUE
    AND NOT EXISTS (SELECT FROM seen WHERE seen.video_id = videos.video_id)
GROUP BY video_id, title
ORDER BY score DESC, video_id
LIMIT %(limit)s
"""


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
class Answer:
    """Best first; videos that the user has decided on are left out.

    Attributes:
        source: `two_tower`, or `popularity` where no model could be asked.
        version: the model's version; empty for `popularity`.
        videos: the recommended videos.
        reason: why popularity answered; empty for `two_tower`.
    """

    source: str
    version: str
    videos: list[RecommendedVideo]
    reason: str = ""


def recommend_videos(
    connection: Connection, client: ModelServerClient, user_id: str, limit: int = 20
) -> Answer:
    """The best `limit` videos for a user; the most liked ones where the model is out of reach.

    The model server is asked for exactly the version that the embeddings were made with:
    vectors of different versions cannot be compared.
    """
    try:
        version = _released_version(connection)
        instance = extract_user_features(connection, user_id)
        (vector,) = client.embed_users([instance], version)
    except ModelServerError as error:
        return Answer("popularity", "", _query(connection, _POPULAR, user_id, limit), str(error))
    found = _query(connection, _NEAREST, user_id, limit, vector=vector.tolist(), version=version)
    return Answer("two_tower", version, found)


def calculate_similarity(
    user_embedding: npt.NDArray[np.float32], video_embeddings: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """[768] and [videos, 768], both L2-normalised, to [videos] cosines; higher is better."""
    return video_embeddings @ user_embedding


def _released_version(connection: Connection) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('two_tower.releases')")
        (table,) = cursor.fetchone() or (None,)
        if table is not None:
            cursor.execute(_VERSION)
            found = cursor.fetchone()
            if found:
                return str(found[0])
    raise ModelServerError("a released model", "none", "run `make run` until a model is released")


def _query(
    connection: Connection, query: str, user_id: str, limit: int, **values: object
) -> list[RecommendedVideo]:
    with connection.cursor() as cursor:
        of_user = {"user_id": user_id, "first_id": user_id, "last_id": user_id}
        cursor.execute(query, {**of_user, "limit": limit, **values})
        return [RecommendedVideo(*row) for row in cursor]
