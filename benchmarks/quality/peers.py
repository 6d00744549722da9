"""The recommenders to beat, each as a [users, videos] matrix of scores; higher is better."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking
from implicit.nearest_neighbours import CosineRecommender
from scipy import sparse

from schema.arrays import Float32

__all__ = ["PEERS"]

Scores = Float32
SEED = 7


def popularity(likes: sparse.csr_matrix) -> Scores:
    """Likes of each video; the same for everybody."""
    counts = np.asarray(likes.sum(axis=0), np.float32)
    return np.repeat(counts, likes.shape[0], axis=0)


def item_knn(likes: sparse.csr_matrix) -> Scores:
    """Cosine of the videos' users, 100 neighbours (Sarwar et al., 2001)."""
    model = CosineRecommender(K=100)
    model.fit(likes, show_progress=False)
    return np.asarray((likes @ model.similarity).todense(), np.float32)


def ials(likes: sparse.csr_matrix) -> Scores:
    """32 factors, regularisation .05, alpha 5 (Hu, Koren, Volinsky, 2008)."""
    model = AlternatingLeastSquares(32, regularization=0.05, alpha=5.0, random_state=SEED)
    model.fit(likes, show_progress=False)
    return np.asarray(model.user_factors @ model.item_factors.T, np.float32)


def bpr(likes: sparse.csr_matrix) -> Scores:
    """64 factors (Rendle et al., 2009)."""
    model = BayesianPersonalizedRanking(64, random_state=SEED)
    model.fit(likes, show_progress=False)
    return np.asarray(model.user_factors @ model.item_factors.T, np.float32)


def ease(likes: sparse.csr_matrix, penalty: float = 200.0) -> Scores:
    """A linear autoencoder in closed form (Steck, Embarrassingly Shallow Autoencoders, 2019)."""
    gram = (likes.T @ likes).toarray() + penalty * np.eye(likes.shape[1])
    inverse = np.linalg.inv(gram)
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return np.asarray(likes @ weights, np.float32)


PEERS: dict[str, Callable[[sparse.csr_matrix], Scores]] = {
    "popularity": popularity,
    "BPR, 64 factors": bpr,
    "item kNN, cosine, K=100": item_knn,
    "iALS, 32 factors": ials,
    "EASE, lambda 200": ease,
}
