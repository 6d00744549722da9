"""Recall and latency of the ways to find the nearest videos, and a chart of both."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from psycopg2 import sql

from benchmarks.releases.world import vectors
from releases.vectors import load_embeddings_from_db, table_of
from schema.arrays import Float32
from schema.database import Connection
from schema.feature import Side

__all__ = ["Way", "chart", "ways"]

TOP, USERS = 20, 50
EF = (40, 100, 200, 400, 800)
_HALF = "SELECT video_id::text FROM {} ORDER BY search <#> %s::vector::halfvec, video_id LIMIT {}"
_INDEX = "SELECT video_id::text FROM {} ORDER BY search <#> %s::vector::halfvec LIMIT {}"


class Way(NamedTuple):
    """One way to search.

    Attributes:
        name: of the way.
        recall: share of the true 20 nearest that it finds, mean over users.
        ms: median time of an answer.
    """

    name: str
    recall: float
    ms: float


def ways(connection: Connection, version: str, seed: int) -> tuple[list[Way], float]:
    """Every way on one version's videos; and the seconds that the index took to build."""
    users = vectors(USERS, seed)
    videos = load_embeddings_from_db(connection, Side.VIDEO, version)
    names = np.array(videos.ids)
    truth = [set(names[_top(videos.vectors, user)].tolist()) for user in users]
    table = table_of(Side.VIDEO, version)
    found = [
        _way("NumPy in the process", users, truth, lambda u: names[_top(videos.vectors, u)]),
        _way("SQL over halfvec", users, truth, lambda u: _ask(connection, _HALF, table, u)),
    ]
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '1GB'")
        index = sql.SQL("CREATE INDEX ON {} USING hnsw (search halfvec_ip_ops)")
        cursor.execute(index.format(table))
        built = time.perf_counter() - started
        cursor.execute(sql.SQL("ANALYZE {}").format(table))
        cursor.execute(
            "SET LOCAL hnsw.iterative_scan = relaxed_order; SET LOCAL enable_seqscan = off"
        )
        for ef in EF:
            cursor.execute(f"SET LOCAL hnsw.ef_search = {ef}")
            name = f"HNSW, ef_search {ef}"
            found.append(_way(name, users, truth, lambda u: _ask(connection, _INDEX, table, u)))
    connection.rollback()
    return found, built


def _top(videos: Float32, user: Float32) -> list[int]:
    scores = videos @ user
    best = np.argpartition(-scores, TOP)[:TOP]
    return list(best[np.argsort(-scores[best])])


def _ask(connection: Connection, text: str, table: sql.Identifier, user: Float32) -> Sequence[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(text).format(table, sql.Literal(TOP)), (user.tolist(),))
        return [video for (video,) in cursor]


def _way(
    name: str, users: Float32, truth: list[set[str]], ask: Callable[[Float32], Iterable[str]]
) -> Way:
    ask(users[0])
    taken, recalls = [], []
    for user, wanted in zip(users, truth, strict=True):
        started = time.perf_counter()
        found = ask(user)
        taken.append((time.perf_counter() - started) * 1000)
        recalls.append(len(wanted & set(found)) / TOP)
    return Way(name, float(np.mean(recalls)), float(np.median(taken)))


WIDTH, HEIGHT, LEFT, BELOW = 560, 300, 60, 50


def chart(found: Sequence[Way], title: str) -> str:
    """An SVG: recall@20 over milliseconds, logarithmic; up and left is better."""
    low, high = 1.0, 2 * max(way.ms for way in found)
    least = min(0.9, *(way.recall for way in found))

    def at(ms: float, recall: float) -> tuple[float, float]:
        x = LEFT + WIDTH * np.log(max(ms, low) / low) / np.log(high / low)
        return float(x), 30 + HEIGHT * (1 - (recall - least) / (1 - least))

    marks = [
        f'<line x1="{at(ms, 0)[0]:.0f}" x2="{at(ms, 0)[0]:.0f}" y1="30" y2="{30 + HEIGHT}"'
        f' stroke="#8884"/><text x="{at(ms, 0)[0]:.0f}" y="{48 + HEIGHT}">{ms:g} ms</text>'
        for ms in (1, 2, 5, 10, 20, 50, 100, 200) if ms < high
    ]  # fmt: skip
    marks += [
        f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{at(1, r)[1]:.0f}" y2="{at(1, r)[1]:.0f}"'
        f' stroke="#8884"/><text x="{LEFT - 24}" y="{at(1, r)[1] + 4:.0f}">{r:.2f}</text>'
        for r in np.linspace(least, 1, 5)
    ]
    dots = [
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="5" fill="#2563c9"/>'
        f'<text x="{x:.0f}" y="{y + 20:.0f}">{way.name}</text>'
        for way in found
        for x, y in (at(way.ms, way.recall),)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 60}'
        f' {HEIGHT + BELOW + 40}" font-family="sans-serif" font-size="11" fill="#7a8594"'
        f' text-anchor="middle"><title>{title}</title><text x="{LEFT + WIDTH / 2}" y="16"'
        f' font-size="13">{title}</text>{"".join(marks)}{"".join(dots)}</svg>\n'
    )
