"""Checks of the search among a staged version's videos, by the statement that will answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from releases.search import NOBODY, nearest_videos, titles_of
from releases.vectors import Embeddings, load_embeddings_from_db
from schema.arrays import Float32
from schema.database import Connection
from schema.documents.release import Check
from schema.feature import Side
from schema.query import sql_file

__all__ = ["check_overlap", "check_search"]

TOP = 20
USERS = 20
"""Users whose answers are checked."""
SEEN_MOST = 1000
"""Videos taken as seen, beside those that a user has decided on; a third of the catalogue at
most."""
RECALL_LEAST = 0.99
OVERLAP_LEAST = 0.05
"""Share of the top 20 in common with the live version; less means that ids may be mixed up."""
TWIN_LEAST = 0.999

Ids = npt.NDArray[np.str_]
"""UUIDs as text."""

_SEEN = sql_file("serving/seen").text


class _Catalogue(NamedTuple):
    """The videos that may be recommended: [n] ids and [n, 768] vectors."""

    ids: Ids
    vectors: Float32


def check_search(connection: Connection, version: str) -> list[Check]:
    """Recall after seen videos are removed, and whether a video finds itself."""
    users = load_embeddings_from_db(connection, Side.USER, version, most=USERS)
    catalogue = _recommendable(connection, version)
    return [
        _recall(connection, version, users, catalogue, nearest=True),
        _recall(connection, version, users, catalogue, nearest=False),
        _twins(connection, version, catalogue),
    ]


def check_overlap(connection: Connection, version: str, live: str) -> list[Check]:
    """The top 20 of the same users by the live version; nothing on a first release."""
    if not live:
        return []
    ours, theirs = (_tops(connection, one) for one in (version, live))
    shares = [len(ours[user] & theirs[user]) / len(ours[user]) for user in ours if theirs.get(user)]
    overlap = float(np.mean(shares)) if shares else 1.0
    return [
        Check(
            name=f"overlap of the top {TOP} with the live version",
            expected=f"at least {OVERLAP_LEAST}", got=f"{overlap:.3f}",
            passed=overlap >= OVERLAP_LEAST,
        )
    ]  # fmt: skip


def _tops(connection: Connection, version: str) -> dict[str, set[str]]:
    users = load_embeddings_from_db(connection, Side.USER, version, most=USERS)
    return {
        user: {video for video, _, _ in nearest_videos(connection, version, user, vector, TOP)}
        for user, vector in zip(*users, strict=True)
    }


def _recommendable(connection: Connection, version: str) -> _Catalogue:
    videos = load_embeddings_from_db(connection, Side.VIDEO, version)
    there = titles_of(connection, videos.ids)
    kept = np.array([video in there for video in videos.ids], bool)
    return _Catalogue(np.array(videos.ids)[kept], videos.vectors[kept])


def _recall(
    connection: Connection,
    version: str,
    users: Embeddings,
    catalogue: _Catalogue,
    *,
    nearest: bool,
) -> Check:
    recalls = []
    for user, vector in zip(*users, strict=True):
        order = catalogue.ids[np.argsort(-(catalogue.vectors @ vector), kind="stable")]
        exclude = _taken_as_seen(order, nearest=nearest)
        gone = {*exclude, *_decided(connection, user)}
        truth = [video for video in order if video not in gone][:TOP]
        found = nearest_videos(connection, version, user, vector, TOP, exclude)
        if truth:
            recalls.append(np.isin(truth, [video for video, _, _ in found]).mean())
    recall = float(np.mean(recalls)) if recalls else 1.0
    return Check(
        name=f"recall@{TOP}, the seen videos {'the nearest' if nearest else 'spread'}",
        expected=f"at least {RECALL_LEAST}", got=f"{recall:.3f}", passed=recall >= RECALL_LEAST,
    )  # fmt: skip


def _taken_as_seen(order: Ids, *, nearest: bool) -> list[str]:
    """Ids of the nearest third, or of every third; at most SEEN_MOST."""
    chosen = order[: len(order) // 3] if nearest else order[::3]
    return [str(video) for video in chosen[:SEEN_MOST]]


def _decided(connection: Connection, user: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, {"user_id": user})
        return [str(video) for (video,) in cursor]


def _twins(connection: Connection, version: str, catalogue: _Catalogue) -> Check:
    """The first result for a video's own vector is the video, or one with the same vector."""
    places: Sequence[int] = range(0, len(catalogue.ids), max(len(catalogue.ids) // USERS, 1))
    lost = 0
    for place in places:
        found = nearest_videos(connection, version, NOBODY, catalogue.vectors[place], 1)
        lost += not found or found[0][2] < TWIN_LEAST
    return Check(
        name="videos that their own vector does not find", expected="0", got=str(lost),
        passed=lost == 0,
    )  # fmt: skip
