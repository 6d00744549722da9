"""What LambdaMART sees: a user's candidates, and features of each pair of user and video."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from benchmarks.quality.decisions import Decisions
from benchmarks.quality.exposure import Exposure, autoencoder, recency, scores
from schema.arrays import Float32, Float64, Int64

__all__ = ["CANDIDATES", "Candidates", "find"]

CANDIDATES = 120
NEWEST = (1, 3, 10)
"""How many of a user's newest decisions say where the user is now."""
NEAR = 10
"""Decisions of a user at most this many places apart were made together."""


class Candidates(NamedTuple):
    """Of every user.

    Attributes:
        videos: [users, candidates], none decided on, the best by EASE + exposure first.
        features: [users, candidates, features], float32.
    """

    videos: Int64
    features: Float32


def find(decisions: Decisions, setting: Exposure) -> Candidates:
    """The score of EASE + exposure and the place by it are the last two features."""
    (score,) = scores(decisions, [setting])
    left = np.where(decisions.matrix().toarray() > 0, -np.inf, score)
    videos = np.argsort(-left, axis=1, kind="stable")[:, :CANDIDATES]
    place = np.broadcast_to(np.arange(videos.shape[1], dtype=np.float32), videos.shape)
    of_all: list[npt.NDArray[Any]] = [*_features(decisions, setting), score]
    of_videos = [np.take_along_axis(feature, videos, axis=1) for feature in of_all]
    return Candidates(videos, np.stack([*of_videos, place], axis=2).astype(np.float32))


def _features(decisions: Decisions, setting: Exposure) -> list[Float64]:
    """Each [users, videos].

    Both parts of EASE + exposure, with recency and without; what is come across after the newest
    1, 3 and 10 decisions, and what others decided on together with those 10; then `_counts`.
    """
    of_likes = autoencoder(decisions.likes.matrix(), setting.likes)
    of_all = autoencoder(decisions.matrix(), setting.decisions)
    weights = recency(decisions, setting.fading)
    liked = decisions.liked.astype(np.float64)
    newest = [decisions.matrix((decisions.ranks < count) / count) for count in NEWEST]
    found = [decisions.matrix(values) @ of_likes for values in (weights * liked, liked)]
    found += [rows @ of_all for rows in (decisions.matrix(weights), decisions.matrix(), *newest)]
    return [*found, (newest[-1] @ _together(decisions)).toarray(), *_counts(decisions)]


def _together(decisions: Decisions) -> sparse.csr_matrix:
    """[videos, videos]: how often the other was decided on together with it, per decision on it."""
    oldest_first = np.lexsort((-decisions.ranks, decisions.users))
    users, videos = decisions.users[oldest_first], decisions.videos[oldest_first]
    found = sparse.csr_matrix((decisions.shape[1],) * 2)
    for places in range(1, NEAR + 1):
        same = users[places:] == users[:-places]
        pairs = videos[:-places][same], videos[places:][same]
        found += sparse.csr_matrix((np.ones(same.sum()), pairs), found.shape)
    counts = np.maximum(np.bincount(decisions.videos, minlength=decisions.shape[1]), 1)
    return sparse.csr_matrix(sparse.diags(1 / counts) @ (found + found.T))


def _counts(decisions: Decisions) -> list[Float64]:
    """Each [users, videos]: likes, decisions and the share of likes; of the video, of the user."""
    found = []
    for axis in (0, 1):
        likes, every = (
            np.asarray(part.matrix().sum(axis=axis), np.float64)
            for part in (decisions.likes, decisions)
        )
        found += [likes, every, likes / np.maximum(every, 1)]
    return [np.broadcast_to(part, decisions.shape) for part in found]
