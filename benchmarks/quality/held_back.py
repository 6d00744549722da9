"""What a recommender is to find in the decisions that were held back from its run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.quality.decisions import Decisions, read_decisions
from components.retrieval_evaluator.window import Window
from schema.database import Connection

__all__ = ["as_window", "read_held_back"]

_VIDEOS = "SELECT video_id::text FROM videos ORDER BY video_id"
_LIKES = """
SELECT user_id::text, array_agg(DISTINCT video_id::text) FROM held_back AS later
WHERE decision = 'like'
    AND NOT EXISTS (
        SELECT FROM user_video_decisions AS past
        WHERE past.user_id = later.user_id AND past.video_id = later.video_id
    )
GROUP BY user_id ORDER BY user_id
"""


def read_held_back(connection: Connection) -> tuple[Window, Decisions]:
    """What is to be found, and every decision that is left; rows of users begin with the window's.

    The users are those with a held-back like of a video that they had not decided on before; each
    has a decision left, since the oldest is never held back.
    """
    with connection.cursor() as cursor:
        cursor.execute(_VIDEOS)
        videos = [video for (video,) in cursor]
        cursor.execute(_LIKES)
        likes: dict[str, list[str]] = dict(cursor)
    left = read_decisions(connection, None, list(likes), videos)
    return as_window(likes, videos, left), left


def as_window(likes: Mapping[str, Sequence[str]], videos: Sequence[str], left: Decisions) -> Window:
    """The full catalogue as it is ranked for these users.

    Args:
        likes: held back, by user.
        videos: ids by their row.
        left: all that a run was given; its first rows are the users of `likes`.
    """
    row_of = {video: row for row, video in enumerate(videos)}
    return Window(
        users=list(likes),
        videos=list(videos),
        likes=np.bincount(left.likes.videos, minlength=len(videos)).astype(np.float64),
        cold=np.bincount(left.videos, minlength=len(videos)) == 0,
        seen=left.by_user[: len(likes)],
        relevant=[np.array(sorted(row_of[v] for v in own), np.int64) for own in likes.values()],
    )
