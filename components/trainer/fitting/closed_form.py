"""Where the fit begins: item vectors in closed form, from who decided on what and from content.

A truncated, ridge-filtered singular value decomposition of the decisions gives each known video a
vector (PureSVD: Cremonesi et al., Performance of Recommender Algorithms on Top-N Recommendation
Tasks, 2010), and a ridge regression on content gives every video a projection. Gradients go on
from there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.utils.extmath import randomized_svd

from components.trainer.inputs.catalogue import Catalogue
from components.trainer.inputs.moments import Moments
from components.trainer.model.item_embedding import Start

__all__ = [
    "Choice",
    "ClosedForm",
    "ContentMap",
    "choose",
    "first_likes",
    "item_vectors",
    "likes_and_nopes",
]

RANK = 16
"""Directions that the penalty leaves at more than half their weight."""
LENGTH = 10.0
"""Of the item vector of a typical decision, beside a tower's 768 values, each up to 1."""
EVERYBODY = 0.2
"""Of the mean first like; beside it, a tower soon counts as much for a user without a history."""
FIRST = 60
"""Likes of each user that say what people begin with."""
PENALTIES = 10.0 ** np.arange(-1, 3.5, 0.5)
"""Of the regression on content."""
ROWS_AT_A_TIME = 1 << 18
JUDGED = 4096
"""Videos that a penalty is chosen by, at most."""

Floats = npt.NDArray[np.float32]


class Choice(NamedTuple):
    """What the closed form leaves open; the valid window decides (`choose`).

    Attributes:
        nope: what a nope counts where a like counts 1. It may say "not this kind", or, where
            people are shown everything and decide on what draws them, still "my kind".
        recency: share of the mean that weighs the newest most, beside the plain mean.
        trust: decisions on a video that weigh as much as its content, where it is a candidate.
    """

    nope: float = 0.3
    recency: float = 0.5
    trust: float = 5.0


OTHERS = {"nope": -0.9, "recency": 0.0, "trust": 200.0}
"""By -1 a nope would cancel `everybody`, which stands in the mean of the likes and in that of the
nopes alike: a user who has decided on nothing would be left without a direction.
"""


def choose(closed: ClosedForm, judge: Callable[[Start], float]) -> Choice:
    """The choice whose start `judge` gives the most, changed in one place at a time."""
    best = Choice()
    figure = judge(closed.start(best))
    for name, value in OTHERS.items():
        other = best._replace(**{name: value})
        found = judge(closed.start(other))
        if found > figure:
            best, figure = other, found
    return best


class ClosedForm:
    """The start for any choice, from the decisions of one window.

    Args:
        moments: the window.
        catalogue: every video, encoded.
        dimension: of an item vector.
    """

    def __init__(self, moments: Moments, catalogue: Catalogue, dimension: int) -> None:
        self._likes, self._nopes = likes_and_nopes(moments, catalogue.known)
        self._decisions = np.asarray((self._likes + self._nopes).sum(axis=0), np.float32)[0]
        self._decided = self._decisions > 0
        self._content = catalogue.known_matrix()
        self._map = ContentMap(self._content[self._decided])
        self._first = first_likes(moments, catalogue.known)
        self._dimension = dimension
        self._parts = lru_cache(self._vectors)

    def start(self, choice: Choice) -> Start:
        """First values for this choice."""
        own, projection, everybody = self._parts(choice.nope)
        weights = (1 - choice.recency, choice.recency)
        shares = [weight * sign for weight in weights for sign in (1.0, choice.nope)]
        trust = self._decisions / (self._decisions + choice.trust)
        return Start(own, projection, everybody, trust, shares)

    def _vectors(self, nope: float) -> tuple[Floats, Floats, Floats]:
        vectors = item_vectors((self._likes + nope * self._nopes).tocsr(), self._dimension)
        square = (vectors**2).sum(axis=1) @ self._decisions / max(self._decisions.sum(), 1)
        vectors *= LENGTH / np.sqrt(max(square, 1e-9))
        projection = self._map.fit(vectors[self._decided])
        own = np.where(self._decided[:, np.newaxis], vectors - self._content @ projection, 0)
        everybody = EVERYBODY * vectors[self._first].sum(axis=0) / max(len(self._first), 1)
        return own.astype(np.float32), projection, everybody.astype(np.float32)


def likes_and_nopes(moments: Moments, known: int) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Two [users, known] matrices of 0 and 1: what each user liked; what else each noped."""
    users = np.repeat(np.arange(len(moments.rows_of)), moments.rows_of.numpy())
    histories, asked = moments.rows["histories"].numpy(), moments.rows["candidates"].numpy()

    def marked(*tables: npt.NDArray[np.int32]) -> sparse.csr_matrix:
        found = sparse.csr_matrix((len(moments.rows_of), known), dtype=np.float32)
        for begin in range(0, len(users), ROWS_AT_A_TIME):
            block = slice(begin, begin + ROWS_AT_A_TIME)
            for table in tables:
                row, place = np.nonzero((table[block] >= 0) & (table[block] < known))
                where = (users[block][row], table[block][row, place])
                marks = sparse.csr_matrix((np.ones(len(row), np.float32), where), found.shape)
                found = found.maximum(marks.sign())
        return found

    likes = marked(histories[:, 0], np.where(moments.rows["labels"].numpy() > 0, asked, -1))
    nopes = marked(histories[:, 1])
    return likes, nopes - nopes.multiply(likes)


def first_likes(moments: Moments, known: int) -> npt.NDArray[np.int32]:
    """Rows of the videos that users liked first, the first FIRST of each user, known ones alone."""
    first_row = moments.first_row.numpy()
    begin, count = moments.first_like.numpy()[first_row], moments.likes_left.numpy()[first_row]
    place = begin[:, np.newaxis] + np.arange(FIRST)
    rows = moments.likes.numpy()[place[np.arange(FIRST) < count[:, np.newaxis]]]
    return np.asarray(rows[rows < known], np.int32)


def item_vectors(signed: sparse.csr_matrix, dimension: int) -> Floats:
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
    """Ridge regression on content for any targets, its penalty that of the least error.

    The error is that of videos left out, one at a time: such as a new one will be. In closed form
    it is residual / (1 - leverage) (Golub, Heath, Wahba, 1979).

    Args:
        content: [videos, width].
    """

    def __init__(self, content: sparse.csr_matrix) -> None:
        gram = (content.T @ content).toarray().astype(np.float64)
        values, self._basis = np.linalg.eigh(gram)
        self._values = np.maximum(values, 0)
        self._spread = content @ self._basis
        count = content.shape[0]
        self._judged = np.linspace(0, count - 1, min(JUDGED, count)).astype(np.int64)

    def fit(self, targets: Floats) -> Floats:
        """[videos, d] targets to [width, d] weights."""
        rotated = self._spread.T @ targets
        weights = min(
            (1 / (self._values + penalty) for penalty in PENALTIES),
            key=lambda weights: self._error(weights, rotated, targets),
        )
        return np.asarray(self._basis @ (weights[:, np.newaxis] * rotated), np.float32)

    def _error(
        self, weights: npt.NDArray[np.float64], rotated: npt.NDArray[np.float64], targets: Floats
    ) -> float:
        spread = self._spread[self._judged]
        residual = targets[self._judged] - (spread * weights) @ rotated
        left_out = residual / np.maximum(1 - (spread**2) @ weights, 1e-9)[:, np.newaxis]
        return float((left_out**2).sum())
