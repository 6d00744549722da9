"""Item embeddings in closed form, from decisions and content.

A truncated, ridge-filtered singular value decomposition of the decisions gives each known video a
vector (PureSVD: Cremonesi et al., Performance of Recommender Algorithms on Top-N Recommendation
Tasks, 2010), and a ridge regression on content gives every video a projection. There are two of
each: one of what is liked together, one of what is decided on together, liked or not (exposure).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import linalg, sparse
from sklearn.utils.extmath import randomized_svd

from components.trainer.inputs.catalogue import Catalogue
from components.trainer.inputs.moments import Moments
from components.trainer.model.item_embedding import InitialValues
from components.trainer.settings import TrainSettings
from schema.arrays import Float32, Float64, Int32

__all__ = [
    "ClosedForm",
    "ClosedFormParams",
    "ContentMap",
    "choose",
    "first_likes",
    "item_vectors",
    "likes_and_nopes",
]

RANK = 16
"""Number of singular directions that the ridge penalty leaves above half their weight."""
LENGTH = 10.0
"""Root mean square length of the decisions' item embeddings; a tower adds 768 values up to 1."""
USER_PRIOR = 0.2
"""Factor on the mean embedding of first likes, small enough for the tower to outweigh it."""
FIRST = 60
"""Likes of each user, the oldest, that the user prior is averaged over."""
PENALTIES = 10.0 ** np.arange(-1, 3.5, 0.5)
"""Ridge penalties that the regression on content chooses from."""
USUAL = 6
"""Place of the penalty that the search begins with: that of MovieLens-100K."""
MOMENTS_PER_BLOCK = 1 << 18
JUDGED = 4096
"""Most videos that a penalty is chosen by."""


class ClosedFormParams(NamedTuple):
    """Hyper-parameters of the closed form, chosen on the valid window (`choose`).

    Attributes:
        nope: weight of a nope where a like has 1. Negative where nopes tell what a user dislikes,
            positive where any decision tells of interest.
        recency: weight of the recency-weighted history mean; the plain mean has the rest.
        shrinkage: k of the id weight n / (n + k) for n decisions.
        exposure: weight of the exposure where the likes' part has 1.
    """

    nope: float = 0.3
    recency: float = 0.5
    shrinkage: float = 5.0
    exposure: float = 0.5


OTHERS = (("nope", -0.9), ("recency", 0.0), ("shrinkage", 200.0), ("exposure", 0.0))
"""The alternative of each. At -1 the nope mean would cancel the user prior, which the mean of likes
has too, and a user without decisions would have a zero vector.
"""


def choose(closed: ClosedForm, judge: Callable[[InitialValues], float]) -> ClosedFormParams:
    """Coordinate search: each alternative is kept if `judge` scores its initial values higher."""
    best = ClosedFormParams()
    figure = judge(closed.initial_values(best))
    for name, value in OTHERS:
        other = best._replace(**{name: value})
        found = judge(closed.initial_values(other))
        if found > figure:
            best, figure = other, found
    return best


class ClosedForm:
    """Initial values for any hyper-parameters, from the decisions of one window.

    Args:
        moments: the window.
        catalogue: every video, encoded.
        settings: has the widths of both parts.
    """

    def __init__(self, moments: Moments, catalogue: Catalogue, settings: TrainSettings) -> None:
        self._likes, self._nopes = likes_and_nopes(moments, catalogue.known)
        self._decisions = np.asarray((self._likes + self._nopes).sum(axis=0), np.float32)[0]
        self._decided = self._decisions > 0
        self._content = catalogue.known_matrix()
        self._map = ContentMap(self._content[self._decided])
        self._first = first_likes(moments, catalogue.known)
        self._liked = lru_cache(
            lambda nope: self._part(self._likes + nope * self._nopes, settings.item_dimension)
        )
        self._exposed = self._part(self._likes + self._nopes, settings.exposure_dimension)

    def initial_values(self, params: ClosedFormParams) -> InitialValues:
        """Initial values for these hyper-parameters."""
        liked, exposed = self._liked(params.nope), self._exposed
        prior = USER_PRIOR * liked.vectors[self._first].sum(axis=0) / max(len(self._first), 1)
        weights = (1 - params.recency, params.recency)
        shortcut = [weight * sign for weight in weights for sign in (1.0, params.nope)]
        return InitialValues(
            id_residual=np.hstack([liked.residual, exposed.residual]),
            projection=np.hstack([liked.projection, exposed.projection]),
            user_prior=np.pad(prior, (0, exposed.vectors.shape[1])),
            id_weight=self._decisions / (self._decisions + params.shrinkage),
            shortcut_weights=shortcut,
            exposure_weight=params.exposure,
        )

    def _part(self, signed: sparse.csr_matrix, dimension: int) -> _Part:
        """From a [users, known] matrix."""
        vectors = item_vectors(signed.tocsr(), dimension)
        square = (vectors**2).sum(axis=1) @ self._decisions / max(self._decisions.sum(), 1)
        vectors *= LENGTH / np.sqrt(max(square, 1e-9))
        projection = self._map.fit(vectors[self._decided])
        residual = np.where(self._decided[:, np.newaxis], vectors - self._content @ projection, 0)
        return _Part(vectors, residual.astype(np.float32), projection)


class _Part(NamedTuple):
    """One part of the item embeddings.

    Attributes:
        vectors: [known, d].
        residual: [known, d], what the projection of the content lacks; 0 without a decision.
        projection: [width, d].
    """

    vectors: Float32
    residual: Float32
    projection: Float32


def likes_and_nopes(moments: Moments, known: int) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Two [users, known] matrices of 0 and 1: liked videos, and noped ones that were not liked."""
    users = np.repeat(np.arange(len(moments.rows_of)), moments.rows_of.numpy())
    histories, videos = moments.rows["histories"].numpy(), moments.rows["pair_videos"].numpy()

    def marked(*tables: Int32) -> sparse.csr_matrix:
        found = sparse.csr_matrix((len(moments.rows_of), known), dtype=np.float32)
        for begin in range(0, len(users), MOMENTS_PER_BLOCK):
            block = slice(begin, begin + MOMENTS_PER_BLOCK)
            for table in tables:
                row, place = np.nonzero((table[block] >= 0) & (table[block] < known))
                where = (users[block][row], table[block][row, place])
                marks = sparse.csr_matrix((np.ones(len(row), np.float32), where), found.shape)
                found = found.maximum(marks.sign())
        return found

    likes = marked(histories[:, 0], np.where(moments.rows["labels"].numpy() > 0, videos, -1))
    nopes = marked(histories[:, 1])
    return likes, nopes - nopes.multiply(likes)


def first_likes(moments: Moments, known: int) -> Int32:
    """[likes] rows of the known videos among each user's FIRST oldest likes."""
    first_row = moments.first_row.numpy()
    begin, count = moments.first_like.numpy()[first_row], moments.likes_left.numpy()[first_row]
    place = begin[:, np.newaxis] + np.arange(FIRST)
    rows = moments.likes.numpy()[place[np.arange(FIRST) < count[:, np.newaxis]]]
    return np.asarray(rows[rows < known], np.int32)


def item_vectors(signed: sparse.csr_matrix, dimension: int) -> Float32:
    """[videos, dimension]: right singular vectors, each times s / sqrt(s^2 + penalty).

    The product of two of them is ridge regression's weight between the two videos, cut to the
    first dimensions. The penalty is the square of the singular value that follows the first
    RANK, so that it means the same in a small database and in a large one.
    """
    count = min(dimension, *signed.shape)
    _, singular, right = randomized_svd(signed, count, random_state=0)
    penalty = singular[min(RANK, count - 1)] ** 2
    scale = singular / np.sqrt(np.maximum(singular**2 + penalty, 1e-9))
    return np.pad((right.T * scale).astype(np.float32), ((0, 0), (0, dimension - count)))


class ContentMap:
    """Ridge regression on content for any targets; its penalty has the least leave-one-out error.

    A left-out video stands for a new one. In closed form its error is residual / (1 - leverage)
    (Golub, Heath, Wahba, 1979).

    Args:
        content: [videos, width].
    """

    def __init__(self, content: sparse.csr_matrix) -> None:
        self._content = content
        self._gram = (content.T @ content).toarray().astype(np.float64)
        count = content.shape[0]
        self._judged = np.linspace(0, count - 1, min(JUDGED, count)).astype(np.int64)
        self._factor = lru_cache(self._factorised)

    def fit(self, targets: Float32) -> Float32:
        """[videos, d] targets to [width, d] weights.

        The error falls, then rises with the penalty; the search walks down from USUAL.
        """
        right = self._content.T @ targets
        tried = lru_cache(lambda place: self._tried(float(PENALTIES[place]), right, targets))
        place = USUAL
        for step in (-1, 1):
            while 0 <= place + step < len(PENALTIES) and tried(place + step)[0] < tried(place)[0]:
                place += step
        return np.asarray(tried(place)[1], np.float32)

    def _tried(self, penalty: float, right: Float64, targets: Float32) -> tuple[float, Float64]:
        """The error, and [width, d] weights."""
        lower, kept = self._factor(penalty)
        weights = linalg.cho_solve((lower, True), right)
        residual = targets[self._judged] - self._content[self._judged] @ weights
        return float(((residual / kept[:, np.newaxis]) ** 2).sum()), weights

    def _factorised(self, penalty: float) -> tuple[Float64, Float64]:
        """[width, width] lower triangle, and [judged] what the leverages leave of 1."""
        lower = linalg.cholesky(self._gram + penalty * np.eye(len(self._gram)), lower=True)
        judged = self._content[self._judged].T.toarray()
        spread = linalg.solve_triangular(lower, judged, lower=True)
        return lower, np.maximum(1 - (spread**2).sum(axis=0), 1e-9)
