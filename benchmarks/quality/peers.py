"""The recommenders to beat, each as a [users, videos] matrix of scores; higher is better."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking
from implicit.nearest_neighbours import CosineRecommender
from scipy import sparse

from benchmarks.quality.candidates import CANDIDATES
from benchmarks.quality.decisions import Decisions
from benchmarks.quality.exposure import autoencoder, exposure
from benchmarks.quality.outside import recvae, sasrec
from benchmarks.quality.reranking import lambdamart
from schema.arrays import Float32

__all__ = ["PEERS", "PEERS_APART"]

Scores = Float32
SEED = 7


def popularity(decisions: Decisions) -> Scores:
    """Likes of each video; the same for everybody."""
    counts = np.asarray(decisions.likes.matrix().sum(axis=0), np.float32)
    return np.repeat(counts, decisions.shape[0], axis=0)


def item_knn(decisions: Decisions) -> Scores:
    """Cosine of the videos' users, 100 neighbours (Sarwar et al., 2001)."""
    likes = _likes(decisions)
    model = CosineRecommender(K=100)
    model.fit(likes, show_progress=False)
    return np.asarray((likes @ model.similarity).todense(), np.float32)


def ials(decisions: Decisions) -> Scores:
    """32 factors, regularisation .05, alpha 5 (Hu, Koren, Volinsky, 2008)."""
    likes = _likes(decisions)
    model = AlternatingLeastSquares(32, regularization=0.05, alpha=5.0, random_state=SEED)
    model.fit(likes, show_progress=False)
    return np.asarray(model.user_factors @ model.item_factors.T, np.float32)


def bpr(decisions: Decisions) -> Scores:
    """64 factors (Rendle et al., 2009)."""
    likes = _likes(decisions)
    model = BayesianPersonalizedRanking(64, random_state=SEED)
    model.fit(likes, show_progress=False)
    return np.asarray(model.user_factors @ model.item_factors.T, np.float32)


def ease(decisions: Decisions, penalty: float = 200.0) -> Scores:
    """A linear autoencoder in closed form (Steck, Embarrassingly Shallow Autoencoders, 2019)."""
    likes = decisions.likes.matrix()
    return np.asarray(likes @ autoencoder(likes, penalty), np.float32)


def _likes(decisions: Decisions) -> sparse.csr_matrix:
    """[users, videos] in float32, as Implicit takes it."""
    return decisions.likes.matrix().astype(np.float32)


PEERS: dict[str, Callable[[Decisions], Scores]] = {
    "popularity": popularity,
    "BPR, 64 factors": bpr,
    "item kNN, cosine, K=100": item_knn,
    "iALS, 32 factors": ials,
    "EASE, lambda 200": ease,
    "EASE + exposure": exposure,
}
PEERS_APART: dict[str, Callable[[Decisions], Scores]] = {
    "RecVAE": recvae,
    "SASRec": sasrec,
    f"LambdaMART over {CANDIDATES} of EASE + exposure, no dot product": lambdamart,
}
"""They need the environment of benchmarks/peers, which they make themselves."""
