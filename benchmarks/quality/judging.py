"""AUC-PR on pseudo users: ours, a logistic regression for each user, and what the law allows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from benchmarks.quality.places import TRAIN
from benchmarks.quality.plain_run import PlainRun
from benchmarks.quality.pseudo import PseudoWorld
from benchmarks.quality.runs import Trained
from components.retrieval_evaluator.component import vectors
from components.retrieval_evaluator.window import Window
from schema.arrays import Float64, Int64

__all__ = ["Judged", "judge"]


class Judged(NamedTuple):
    """AUC-PR over all users' pairs together, 0 to 1, higher is better.

    Attributes:
        random: share of likes, the AUC-PR of a random ranking.
        ceiling: of the law's own taste.
        regression: of one logistic regression for each user on the same content.
        arranged: ours with windows that end at TRAIN, one for each seed.
        plain: the released model of a plain run that was given what is before TRAIN; the same.
    """

    random: float
    ceiling: float
    regression: float
    arranged: list[float]
    plain: list[float]


def judge(
    world: PseudoWorld, runs: Sequence[Trained], plain: Sequence[PlainRun]
) -> dict[str, Judged]:
    """On held-out likes against held-out nopes, and on 1 like to 2 videos never rated."""
    scores = _Scores(
        regression=_regression(world),
        arranged=[_scores(world, run.model, run.users, run.catalogue) for run in runs],
        plain=[_scores(world, run.released, run.users, run.catalogue) for run in plain],
    )
    held_out = world.places >= TRAIN
    rated = world.rated[:, held_out]
    liked = world.liked[:, held_out]
    drawn, labels = _with_unrated(world, rated, liked)
    return {
        "held-out likes against held-out nopes": _judged(world, rated, liked, scores),
        "held-out likes against twice as many videos never rated, drawn evenly": _judged(
            world, drawn, labels, scores
        ),
    }


class _Scores(NamedTuple):
    """[users, videos] each; one for each seed where there is a list."""

    regression: Float64
    arranged: list[Float64]
    plain: list[Float64]


def _judged(
    world: PseudoWorld, videos: Int64, labels: npt.NDArray[np.bool_], scores: _Scores
) -> Judged:
    """`videos` and `labels` are [users, n]; a row of -1 is nothing."""
    there = videos >= 0

    def auc_pr(own: Float64) -> float:
        asked = np.take_along_axis(own, np.maximum(videos, 0), axis=1)
        return float(average_precision_score(labels[there], asked[there]))

    return Judged(
        random=float(labels[there].mean()),
        ceiling=auc_pr(world.taste),
        regression=auc_pr(scores.regression),
        arranged=[auc_pr(own) for own in scores.arranged],
        plain=[auc_pr(own) for own in scores.plain],
    )


def _scores(world: PseudoWorld, model: Path, users: list[str], catalogue: list[str]) -> Float64:
    """[users, videos] cosines in the world's order, users as of their shards."""
    people, videos = vectors(model, _in_order_of(world), users, catalogue)
    return np.asarray(people @ videos.T, np.float64)


def _in_order_of(world: PseudoWorld) -> Window:
    """All users and videos, with nothing asked of them."""
    nobody = np.zeros(len(world.videos))
    return Window(world.users, world.videos, nobody, nobody == 0, [], [])


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
