"""Ranks and measures: peers and our models on one window, over the same users and videos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from benchmarks.quality.decisions import read_decisions
from benchmarks.quality.peers import PEERS, PEERS_APART, Scores
from benchmarks.quality.runs import Trained
from components import ranking_metrics
from components.retrieval_evaluator.component import vectors
from components.retrieval_evaluator.measure import KS, PerUser, difference, measure
from components.retrieval_evaluator.window import Window, read_window
from schema.arrays import Float32
from schema.database import Connection
from schema.documents.ranking import Interval, RankedModel
from schema.windows import WindowRule, resolve_windows

__all__ = ["Line", "compare", "compare_cold", "line", "measured"]

OURS = "two towers"
_GENRE_LIKES = """
SELECT video.video_id::text, count(decision.video_id)::int FROM videos AS video
LEFT JOIN videos AS other USING (genre)
LEFT JOIN user_video_decisions AS decision
    ON decision.video_id = other.video_id AND decision = 'like' AND decided_at < %s
GROUP BY video.video_id
"""
GENRE = "popularity of the genre"


class Line(NamedTuple):
    """One recommender's row of a table; ours has one for each seed."""

    name: str
    figures: RankedModel
    per_user: PerUser


def compare(
    connection: Connection, rule: WindowRule, runs: Sequence[Trained], *, known_only: bool
) -> tuple[Window, list[Line]]:
    """Peers fitted on all decisions before the window, models of runs on the same readings."""
    whole = read_window(runs[0].users, runs[0].popularity, runs[0].catalogue)
    kept = [user for user, seen in enumerate(whole.seen) if len(seen) or not known_only]
    window = _cut(whole, kept)
    decisions = read_decisions(connection, rule, window.users, window.videos)
    users = len(window.users)
    peers = {**PEERS, **PEERS_APART}
    lines = [line(name, peer(decisions)[:users], window) for name, peer in peers.items()]
    for run in runs:
        people, videos = vectors(run.model, whole, run.users, run.catalogue)
        lines.append(measured(OURS, people[kept], videos, window))
    return window, lines


def compare_cold(
    connection: Connection, rule: WindowRule, runs: Sequence[Trained]
) -> tuple[Window, list[Line], Interval]:
    """Videos without a decision in train alone, against the popularity of their genre.

    Returns:
        The window cut to them, the lines, and ours minus the genre's, over users and seeds.
    """
    whole = read_window(runs[0].users, runs[0].popularity, runs[0].catalogue)
    window, users = _cold_part(whole)
    lines = [line(GENRE, _genre_likes(connection, rule, window), window)]
    for run in runs:
        people, videos = vectors(run.model, whole, run.users, run.catalogue)
        lines.append(measured(OURS, people[users], videos[whole.cold], window))
    ours = {k: np.mean([own.per_user[k] for own in lines[1:]], 0) for k in lines[0].per_user}
    return window, lines, difference(ours, lines[0].per_user)


def line(name: str, scores: Scores, window: Window) -> Line:
    """A peer's, from its [users, videos] of the window; higher is better."""
    return measured(name, scores, np.eye(scores.shape[1], dtype=np.float32), window)


def measured(name: str, people: Float32, videos: Float32, window: Window) -> Line:
    """A model's, from its [users, d] and [videos, d] of the window."""
    top = ranking_metrics.top_k(people, videos, window.seen, max(KS))
    return Line(name, *measure(top, window))


def _cut(window: Window, users: Sequence[int]) -> Window:
    return replace(
        window,
        users=[window.users[user] for user in users],
        seen=[window.seen[user] for user in users],
        relevant=[window.relevant[user] for user in users],
    )


def _cold_part(window: Window) -> tuple[Window, list[int]]:
    """Users with a cold video to find, and the cold videos alone."""
    place = np.cumsum(window.cold) - 1
    relevant = [place[rows[window.cold[rows]]] for rows in window.relevant]
    users = [user for user, rows in enumerate(relevant) if len(rows)]
    cut = replace(
        _cut(replace(window, relevant=relevant), users),
        videos=[v for v, cold in zip(window.videos, window.cold, strict=True) if cold],
        likes=window.likes[window.cold],
        cold=window.cold[window.cold],
        seen=[np.array([], np.int64)] * len(users),  # nobody had decided on any of them
    )
    return cut, users


def _genre_likes(connection: Connection, rule: WindowRule, cold: Window) -> Scores:
    """[users, cold videos]: likes before the window of all videos of the same genre."""
    begin = resolve_windows(connection, rule).valid_end
    with connection.cursor() as cursor:
        cursor.execute(_GENRE_LIKES, (begin,))
        counts: dict[str, int] = dict(cursor)
    scores = np.array([counts.get(video, 0) for video in cold.videos], np.float32)
    return np.repeat(scores[np.newaxis], len(cold.users), axis=0)
