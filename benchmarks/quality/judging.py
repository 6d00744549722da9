"""AUC-PR on pseudo users: ours, a logistic regression for each user, and what the law allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from benchmarks.quality.pseudo import PseudoWorld
from benchmarks.quality.runs import Trained
from components.retrieval_evaluator.component import vectors
from components.retrieval_evaluator.window import read_window
from schema.arrays import Float64, Int64

__all__ = ["Judged", "judge"]

TRAIN = 0.8
"""Share of each user's ratings that is past when the eval window begins."""


class Judged(NamedTuple):
    """AUC-PR over all users' pairs together, 0 to 1, higher is better.

    Attributes:
        coin: share of likes.
        ceiling: of the law's own taste.
        regression: of one logistic regression for each user on the same content.
        ours: one for each seed.
    """

    coin: float
    ceiling: float
    regression: float
    ours: list[float]


def judge(world: PseudoWorld, runs: Sequence[Trained]) -> dict[str, Judged]:
    """On held-out likes against held-out nopes, and on 1 like to 2 videos never rated."""
    scores = [_scores(world, run) for run in runs]
    regression = _regression(world)
    held_out = world.places >= TRAIN
    rated = world.rated[:, held_out]
    liked = world.liked[:, held_out]
    drawn, labels = _with_unrated(world, rated, liked)
    return {
        "held-out likes against held-out nopes": _judged(world, rated, liked, regression, scores),
        "held-out likes against twice as many videos never rated, drawn evenly": _judged(
            world, drawn, labels, regression, scores
        ),
    }


def _judged(
    world: PseudoWorld,
    videos: Int64,
    labels: npt.NDArray[np.bool_],
    regression: Float64,
    ours: list[Float64],
) -> Judged:
    """`videos` and `labels` are [users, n]; a row of -1 is nothing."""
    there = videos >= 0

    def auc_pr(scores: Float64) -> float:
        asked = np.take_along_axis(scores, np.maximum(videos, 0), axis=1)
        return float(average_precision_score(labels[there], asked[there]))

    coin = float(labels[there].mean())
    return Judged(coin, auc_pr(world.taste), auc_pr(regression), [auc_pr(own) for own in ours])


def _scores(world: PseudoWorld, run: Trained) -> Float64:
    """[users, videos] cosines, users as of the eval window's beginning."""
    window = read_window(run.users, run.popularity, run.catalogue)
    people, videos = vectors(run.model, window, run.users, run.catalogue)
    users = [window.users.index(user) for user in world.users]
    row_of = {video: row for row, video in enumerate(window.videos)}
    rows = [row_of[video] for video in world.videos]
    return np.asarray(people[users] @ videos[rows].T, np.float64)


def _regression(world: PseudoWorld) -> Float64:
    """Character bigrams, genre, maker and price: what the video tower sees."""
    words = TfidfVectorizer(analyzer="char", ngram_range=(2, 2), max_features=1000)
    named = np.stack([world.genres, world.makers], axis=1)
    price = StandardScaler().fit_transform(np.log1p(world.prices)[:, np.newaxis])
    content = sparse.hstack(
        [words.fit_transform(world.titles), OneHotEncoder().fit_transform(named), price]
    ).tocsr()
    past = world.places < TRAIN
    return np.stack(
        [
            LogisticRegression(C=100, max_iter=500)
            .fit(content[rated[past]], liked[past])
            .decision_function(content)
            for rated, liked in zip(world.rated, world.liked, strict=True)
        ]
    )


def _with_unrated(
    world: PseudoWorld, rated: Int64, liked: npt.NDArray[np.bool_]
) -> tuple[Int64, npt.NDArray[np.bool_]]:
    """Each user's held-out likes, then twice as many that the user never rated; -1 pads."""
    rng = np.random.default_rng(7)
    rows = []
    for user, (own, likes) in enumerate(zip(rated, liked, strict=True)):
        spare = np.setdiff1d(np.arange(len(world.videos)), world.rated[user])
        rows.append((own[likes], rng.choice(spare, 2 * int(likes.sum()), replace=False)))
    width = max(len(likes) + len(others) for likes, others in rows)
    videos = np.full((len(rows), width), -1, np.int64)
    labels = np.zeros((len(rows), width), bool)
    for user, (likes, others) in enumerate(rows):
        videos[user, : len(likes) + len(others)] = np.concatenate([likes, others])
        labels[user, : len(likes)] = True
    return videos, labels
