"""Replies of the soak, each judged by what its version would have to say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import NamedTuple

import numpy as np

from benchmarks.serving.load import Reply
from schema.arrays import Float32

__all__ = ["Judge", "Kept", "Model", "Vectors", "keep"]

CLOSE = 0.01
"""Mean difference of an answer's cosines from the version's own: some features count days."""
_QUEUE_FULL = "queue-full"


class Vectors(NamedTuple):
    """[rows, 768] vectors of users or videos, and the row of each id."""

    rows: dict[str, int]
    vectors: Float32


class Model(NamedTuple):
    """A model's vectors of all users and videos."""

    users: Vectors
    videos: Vectors


class Kept(NamedTuple):
    """What is kept of a reply.

    Attributes:
        at_s: when it was due.
        ms: its latency.
        status: of HTTP; 0 if the connection failed.
        rung: of the answer.
        version: of the answer; empty for the rungs without a model.
        reason: of the answer, or the problem's type.
        user: who was asked for.
        videos: the answer's.
        scores: of these.
    """

    at_s: float
    ms: float
    status: int
    rung: str
    version: str
    reason: str
    user: str
    videos: list[str]
    scores: list[float]


def keep(reply: Reply) -> Kept:
    """The parts of a reply that are judged afterwards."""
    answer, items = reply.answer, reply.answer.get("items", [])
    return Kept(
        reply.at_s, reply.ms, reply.status, answer.get("rung", ""),
        answer.get("model_version", ""), answer.get("reason", answer.get("type", "")),
        reply.path.split("/")[3], [one["video_id"] for one in items],
        [one["score"] for one in items],
    )  # fmt: skip


class Judge:
    """Judges replies when the soak is over.

    Args:
        models: two; a version with an even number is made of the first.
        seen: UUIDs of the videos that each user has decided on.
        released: UUIDs of the released videos.
        lives: when a version went live, at least and at most, in seconds of the load; in order.
    """

    def __init__(
        self,
        models: Sequence[Model],
        seen: dict[str, set[str]],
        released: set[str],
        lives: Sequence[tuple[float, float, str]],
    ) -> None:
        self._models, self._seen, self._released, self._lives = models, seen, released, lives

    def wrong(self, kept: Kept) -> str:
        """What is wrong with a reply; empty for a right one."""
        if kept.status == HTTPStatus.SERVICE_UNAVAILABLE and _QUEUE_FULL in kept.reason:
            return ""
        if kept.status != HTTPStatus.OK:
            return f"HTTP {kept.status}"
        return next((what for what, is_wrong in self._faults(kept) if is_wrong), "")

    def _faults(self, kept: Kept) -> Iterator[tuple[str, bool]]:
        yield "no video", not kept.videos
        if kept.rung != "memory":  # without Postgres nobody knows what the user has decided on
            yield "a seen video", bool(set(kept.videos) & self._seen[kept.user])
        yield "an unreleased video", not set(kept.videos) <= self._released
        yield "a lower rung without a reason", kept.rung != "fresh" and not kept.reason
        if kept.version:
            yield "a version that was not live", kept.version not in self._live_during(kept)
            yield "scores of another version", not self._fits(kept)

    def _live_during(self, kept: Kept) -> set[str]:
        """Versions that may have been live while the request was answered."""
        end = kept.at_s + kept.ms / 1000
        before = [version for _, last, version in self._lives if last <= kept.at_s]
        during = [v for first, last, v in self._lives if first <= end and last > kept.at_s]
        return {*before[-1:], *during}

    def _fits(self, kept: Kept) -> bool:
        model = self._models[int(kept.version) % 2]
        user = model.users.vectors[model.users.rows[kept.user]]
        videos = model.videos.vectors[[model.videos.rows[video] for video in kept.videos]]
        return bool(np.abs(videos @ user - np.array(kept.scores)).mean() < CLOSE)
