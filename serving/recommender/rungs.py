"""The rungs of the ladder, each from a context to (id, score) pairs, best first.

A rung knows neither HTTP nor any other rung. It raises RungError if it has no answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from releases.search import nearest_videos
from releases.vectors import table_of
from schema.arrays import Float32
from schema.errors import ModelServerError
from schema.feature import Side
from schema.query import sql_file
from schema.signatures import SERVING_DEFAULT
from serving.model_client import ModelServerClient
from serving.recommender.breaker import Breaker, OpenError
from serving.recommender.context import Context
from serving.user_features import extract_user_features

__all__ = [
    "SHARE",
    "Ranked",
    "RungError",
    "fresh_vector",
    "genres",
    "nearest",
    "popular",
    "stored_vector",
]

_STORED = sql_file("serving/stored")
_GENRES = 3
"""Genres that count, by how many of the last likes are of them."""
_BEYOND = 64
SHARE = 0.6
"""Of the time that is left, the model server's: the rungs below need some, too."""

Ranked = Iterator[tuple[str, float]]


class RungError(Exception):
    """This rung has no answer; the message says why."""


def fresh_vector(context: Context, client: ModelServerClient, breaker: Breaker) -> Float32:
    """[768] the user's embedding as of now, by the model server at exactly the arm's version."""
    _check_version(context)
    try:
        breaker.check()
        context.deadline.begin("features")
        instance = extract_user_features(context.connection, context.request.user_id)
        left = SHARE * context.deadline.begin("model server")
        (vector,) = client.embed([instance], context.version, SERVING_DEFAULT, timeout_s=left)
    except OpenError as error:
        raise RungError(str(error)) from None
    except ModelServerError as error:
        if not context.request.version:  # a version that a request names may be unloaded
            breaker.failed(str(error))
        raise RungError(str(error)) from None
    breaker.succeeded()
    return np.asarray(vector, np.float32)


def stored_vector(context: Context) -> Float32:
    """[768] the user's embedding as it was released."""
    _check_version(context)
    query = _STORED.bind(
        {"vectors": table_of(Side.USER, context.version).as_string(context.connection)}
    )
    with context.connection.cursor() as cursor:
        cursor.execute(query, {"user_id": context.request.user_id})
        row = cursor.fetchone()
    if row is None:
        raise RungError("no embedding of this user is stored")
    return np.array(row[0], np.float32)


def nearest(context: Context, vector: Float32) -> Ranked:
    """By the process's copy of the version; while there is none, by SQL, for some at a time."""
    request = context.request
    index = context.index
    if index is not None:
        return index.ranked(vector, context.gone, request.filters, request.limit)
    most = request.limit if request.filters == type(request.filters)() else 100 * request.limit
    if not context.state.sql.acquire(blocking=False):
        raise RungError(f"the copy of version {context.version} is being loaded")
    try:
        found = nearest_videos(
            context.connection, context.version, request.user_id, vector, most + _BEYOND,
            list(request.exclude),
        )  # fmt: skip
    finally:
        context.state.sql.release()
    return ((video, score) for video, _, score in found)


def genres(context: Context) -> Ranked:
    """The most liked videos of the genres that most of the user's last likes are of."""
    videos = context.state.catalogue.videos
    counted = Counter(videos[v].genre for v in context.liked if v in videos and videos[v].genre)
    if not counted:
        raise RungError("no liked genre of this user is known")
    liked = {genre for genre, _ in counted.most_common(_GENRES)}
    return (
        (video, likes)
        for video, likes in popular(context)
        if video in videos and videos[video].genre in liked
    )


def popular(context: Context) -> Ranked:
    """The most liked videos that are not gone."""
    likes = context.state.popularity.likes
    if not likes:
        raise RungError("no likes have been counted yet")
    return ((video, float(n)) for video, n in likes.items() if video not in context.gone)


def _check_version(context: Context) -> None:
    if not context.version:
        raise RungError("no version is live: run `make run` until one is released")
