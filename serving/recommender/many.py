"""The fresh rung for many users at once: one statement and one request for all."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, islice

import numpy as np

from releases.experiments.assignment import INTERLEAVED
from schema.arrays import Float32
from schema.errors import ModelServerError
from schema.signatures import SERVING_DEFAULT
from serving.model_client import ModelServerClient
from serving.recommender.answer import Item
from serving.recommender.breaker import Breaker
from serving.recommender.catalogue import checked_titles
from serving.recommender.context import MORE, Context
from serving.recommender.rungs import SHARE, RungError
from serving.user_features import batch_user_features

__all__ = ["fresh_lists"]


def fresh_lists(
    contexts: Sequence[Context], client: ModelServerClient, breaker: Breaker
) -> list[list[Item]]:
    """Each context's videos, none where another way must answer.

    Args:
        contexts: of one snapshot.
        client: of the model server.
        breaker: of the model server.

    Raises:
        RungError, OpenError: the model server has no answer.
    """
    ranked: list[list[tuple[str, float]]] = [[] for _ in contexts]
    places = [place for place, one in enumerate(contexts) if _can(one)]
    places.sort(key=lambda place: contexts[place].version)
    for version, group in groupby(places, key=lambda place: contexts[place].version):
        own = list(group)
        vectors = _vectors([contexts[place] for place in own], version, client, breaker)
        index = contexts[own[0]].index
        if index is None:
            continue
        contexts[own[0]].deadline.begin("search")
        for place, vector in zip(own, vectors, strict=True):
            context, limit = contexts[place], contexts[place].request.limit
            found = index.ranked(vector, context.gone, context.request.filters, limit)
            ranked[place] = list(islice(found, limit + MORE))
    return _titled(contexts, ranked)


def _can(context: Context) -> bool:
    """Whether its list is one of the arm's version, and the process has a copy of it."""
    plain = bool(context.version) and context.arm != INTERLEAVED and not context.request.version
    return plain and context.index is not None


def _vectors(
    contexts: Sequence[Context], version: str, client: ModelServerClient, breaker: Breaker
) -> Float32:
    """[contexts, 768] embeddings as of now."""
    breaker.check()
    deadline, ids = contexts[0].deadline, [context.request.user_id for context in contexts]
    deadline.begin("features")
    features = batch_user_features(contexts[0].connection, list(dict.fromkeys(ids)))
    left = SHARE * deadline.begin("model server")
    try:
        found = client.embed(list(features.values()), version, SERVING_DEFAULT, timeout_s=left)
    except ModelServerError as error:
        breaker.failed(str(error))
        raise RungError(str(error)) from None
    breaker.succeeded()
    rows = {user: row for row, user in enumerate(features)}
    return np.asarray(found[[rows[user] for user in ids]], np.float32)


def _titled(
    contexts: Sequence[Context], ranked: Sequence[Sequence[tuple[str, float]]]
) -> list[list[Item]]:
    """With titles, and without what may not be recommended as of now; a statement a filter."""
    found: list[list[Item]] = [[] for _ in contexts]
    by_filters: dict[object, list[int]] = {}
    contexts[0].deadline.begin("titles")
    for place, context in enumerate(contexts):
        by_filters.setdefault(context.request.filters, []).append(place)
    for places in by_filters.values():
        ids = {video for place in places for video, _ in ranked[place]}
        first = contexts[places[0]]
        titles = checked_titles(first.connection, list(ids), first.request.filters)
        for place in places:
            known = [(video, score) for video, score in ranked[place] if video in titles]
            kept = known[: contexts[place].request.limit]
            found[place] = [
                Item(video, rank, score, titles[video])
                for rank, (video, score) in enumerate(kept, 1)
            ]
    return found
