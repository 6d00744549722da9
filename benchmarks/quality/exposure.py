"""EASE + exposure: what a user will like among what the user will come across.

The sum of two linear autoencoders in closed form (Steck, 2019): one of likes; one of all decisions,
liked or noped, which says what is come across next. Both look at the user's row with the newest
decisions weighted most.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from scipy import sparse

from benchmarks.quality.decisions import Decisions
from benchmarks.quality.tuning import best
from schema.arrays import Float32, Float64

__all__ = ["GRID", "Exposure", "autoencoder", "chosen", "exposure", "recency", "scores"]


@dataclass(frozen=True)
class Exposure:
    """Settings.

    Attributes:
        likes: ridge penalty of the autoencoder of likes.
        decisions: ridge penalty of the autoencoder of all decisions.
        weight: of the latter's scores.
        fading: the share of a user's decisions after which a decision counts 1 / e.
    """

    likes: float
    decisions: float
    weight: float
    fading: float


GRID = [
    Exposure(*own)
    for own in product((100, 200, 400), (100, 300, 1000), (0.5, 1, 2), (0.2, 0.4, 0.8))
]


def exposure(decisions: Decisions) -> Float32:
    """[users, videos] with the chosen settings."""
    return next(scores(decisions, [chosen(decisions)]))


@lru_cache(maxsize=1)
def chosen(decisions: Decisions) -> Exposure:
    """Of all in GRID, the best on the validation cut."""
    return best(scores, GRID, decisions)


def scores(decisions: Decisions, grid: Sequence[Exposure]) -> Iterator[Float32]:
    """[users, videos] for each of the settings; those of one penalty share an autoencoder."""
    likes, every = decisions.likes.matrix(), decisions.matrix()
    of_likes = {penalty: autoencoder(likes, penalty) for penalty in {own.likes for own in grid}}
    of_all = {penalty: autoencoder(every, penalty) for penalty in {own.decisions for own in grid}}
    for own in grid:
        weights = recency(decisions, own.fading)
        liked = decisions.matrix(weights * decisions.liked) @ of_likes[own.likes]
        met = decisions.matrix(weights) @ of_all[own.decisions]
        yield np.asarray(liked + own.weight * met, np.float32)


def recency(decisions: Decisions, fading: float) -> Float64:
    """[n]: exp(-rank / (fading * n)), where rank 0 is the newest of the user's n decisions."""
    return np.exp(-decisions.ranks / (fading * decisions.counts[decisions.users]))


def autoencoder(matrix: sparse.csr_matrix, penalty: float) -> Float64:
    """[videos, videos]: EASE's weights from a video in the user's row to the one scored."""
    gram = (matrix.T @ matrix).toarray() + penalty * np.eye(matrix.shape[1])
    inverse = np.linalg.inv(gram)
    weights: Float64 = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return weights
