"""Recall and time of the ways to search, for users who have seen few or many videos.

The truth is a float64 product over all released videos but those seen. "Nearest" users have seen
the videos nearest to their own vector: there a recommender drives its users.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from releases.search import NOBODY, nearest_videos
from releases.vectors import load_embeddings_from_db, table_of
from schema.arrays import Float32
from schema.database import Connection
from schema.feature import Side
from serving.recommender.catalogue import read_catalogue
from serving.recommender.index import VideoIndex, load_index
from serving.recommender.request import Filters

__all__ = ["ORDERS", "SEEN", "Found", "searched"]

TOP, USERS = 20, 20
SEEN, ORDERS = (10, 100, 1_000, 5_000), ("random", "nearest")
EF = 200
TIE = 1e-6
"""Cosines that differ less are the same in float32: made videos come in near copies."""
_SQL = """
SELECT video_id::text FROM {table} JOIN videos USING (video_id)
WHERE (released_at > now()) IS NOT TRUE AND video_id <> ALL (%s::uuid[])
ORDER BY {column} <#> %s::vector::{kind} LIMIT {top}
"""
_INDEX = """
SET LOCAL maintenance_work_mem = '1GB';
CREATE INDEX ON {table} USING hnsw (search halfvec_ip_ops);
ANALYZE {table};
SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off;
SET LOCAL hnsw.ef_search = {ef}; SET LOCAL hnsw.iterative_scan = relaxed_order;
"""
Ask = Callable[[Float32, list[str]], Sequence[str]]


class Found(NamedTuple):
    """One way, for users who have seen so many videos.

    Attributes:
        way: name of the way.
        order: which videos they have seen, one of ORDERS.
        seen: number of these videos.
        recall: share of the true TOP, mean over users.
        rows: least number of videos in an answer.
        ms: median time of a search.
    """

    way: str
    order: str
    seen: int
    recall: float
    rows: int
    ms: float


class Case(NamedTuple):
    """A user, and what is right for this one.

    Attributes:
        vector: [768] the user's.
        seen: the videos that the user has seen.
        right: the true TOP of the others, and those that are as near as the last of them.
    """

    vector: Float32
    seen: list[str]
    right: set[str]


def searched(connection: Connection, version: str) -> Iterator[Found]:
    """Every way over the videos of a version; an index is built, and rolled back at the end."""
    index = load_index(connection, version, read_catalogue(connection))
    users = load_embeddings_from_db(connection, Side.USER, version, most=USERS).vectors
    cases = {
        (order, count): [_case(index, user, order, count) for user in users]
        for order in ORDERS
        for count in SEEN
    }
    for way, ask in _ways(connection, index):
        for (order, count), of in cases.items():
            yield Found(way, order, count, *_measured(ask, of))
    connection.rollback()


def _case(index: VideoIndex, user: Float32, order: str, count: int) -> Case:
    released = index.columns.allowed(Filters())
    scores = index.vectors.astype(np.float64) @ user
    best = np.argsort(-scores, kind="stable")
    best = best[released[best]]
    seen = best[:count]
    if order == "random":
        seen = np.random.default_rng(count).choice(best, count, replace=False)
    left = best[~np.isin(best, seen)]
    ids = np.array(index.ids)
    right = left[scores[left] >= scores[left[TOP - 1]] - TIE]
    return Case(user, ids[seen].tolist(), set(ids[right].tolist()))


def _ways(connection: Connection, index: VideoIndex) -> Iterator[tuple[str, Ask]]:
    yield "the service's: a copy with bounds", lambda user, seen: _bounded(index, user, seen)
    yield "NumPy, the whole product", lambda user, seen: _whole(index, user, seen)
    yield (
        "the service's SQL, until there is a copy",
        lambda user, seen: [
            video
            for video, _, _ in nearest_videos(connection, index.version, NOBODY, user, TOP, seen)
        ],
    )
    table = table_of(Side.VIDEO, index.version).as_string(connection)
    exact = _SQL.format(table=table, column="embedding", kind="vector", top=TOP)
    half = _SQL.format(table=table, column="search", kind="halfvec", top=TOP)
    yield "exact SQL over vector", lambda user, seen: _ask(connection, exact, user, seen)
    yield "exact SQL over halfvec", lambda user, seen: _ask(connection, half, user, seen)
    connection.cursor().execute(_INDEX.format(table=table, ef=EF))
    yield f"HNSW, ef_search {EF}, iterative", lambda u, s: _ask(connection, half, u, s)


def _bounded(index: VideoIndex, user: Float32, seen: list[str]) -> list[str]:
    return [video for video, _ in islice(index.ranked(user, seen, Filters(), TOP), TOP)]


def _whole(index: VideoIndex, user: Float32, seen: list[str]) -> list[str]:
    scores = index.vectors @ user
    scores[~index.columns.allowed(Filters())] = -np.inf
    scores[[index.rows[video] for video in seen]] = -np.inf
    best = np.argpartition(-scores, TOP)[:TOP]
    return [index.ids[row] for row in best]


def _ask(connection: Connection, query: str, user: Float32, seen: list[str]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(query, (seen, user.tolist()))
        return [video for (video,) in cursor]


def _measured(ask: Ask, cases: list[Case]) -> tuple[float, int, float]:
    ask(cases[0].vector, cases[0].seen)
    recalls, rows, taken = [], [], []
    for case in cases:
        started = time.perf_counter()
        found = ask(case.vector, case.seen)
        taken.append((time.perf_counter() - started) * 1000)
        recalls.append(len(case.right & set(found)) / TOP)
        rows.append(len(found))
    return float(np.mean(recalls)), min(rows), float(np.median(taken))
