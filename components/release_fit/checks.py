"""Checks of the released model against the candidate, which the gates judge."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from sklearn.metrics import average_precision_score

from components import ranking_metrics
from components.retrieval_evaluator.component import vectors_of
from components.retrieval_evaluator.window import Window, read_window
from components.transform.raw import parse_raw
from releases.checks import COSINE_MOST
from schema.arrays import Float32, Int64
from schema.documents.release import Check
from schema.errors import DataError
from schema.example_columns import LABEL
from schema.feature import columns
from schema.signatures import PREDICTION, SCORE

__all__ = ["Judges", "compare"]

TOP = 20
OVERLAP_LEAST = 0.3
"""Share of the top 20 that both models must have in common, mean over users."""
PAIRS_MOST = 8192
EXAMPLES_PER_BATCH = 1024


class Judges(NamedTuple):
    """Shards that the models are compared on.

    Attributes:
        users: users as of the beginning of the eval window.
        popularity: counts before it.
        catalogue: every video.
        pairs: pairs of the eval window.
    """

    users: list[str]
    popularity: list[str]
    catalogue: list[str]
    pairs: list[str]


def compare(candidate: Path, released: Path, judges: Judges) -> list[Check]:
    """Every check, in order; a vector that is not finite or not of length 1 ends them."""
    window = read_window(judges.users, judges.popularity, judges.catalogue)
    if not window.relevant:
        return [Check(name="users to compare for", expected="some", got="none", passed=False)]
    before, after = (tf.saved_model.load(str(folder)) for folder in (candidate, released))
    try:
        ours, theirs = (
            vectors_of(model, window, judges.users, judges.catalogue) for model in (after, before)
        )
    except DataError as error:
        return [Check(name="finite unit vectors", expected="all", got=str(error), passed=False)]
    return [
        Check(name="finite unit vectors", expected="all", got="all", passed=True),
        _not_collapsed(ours[1]),
        _near(ours, theirs, window),
        _no_worse(before, after, judges.pairs),
    ]


def _not_collapsed(videos: Float32) -> Check:
    """[videos, 768] unit vectors: the squared norm of their mean is the mean cosine of a pair."""
    cosine = float((videos.mean(axis=0, dtype=np.float64) ** 2).sum())
    return Check(
        name="mean cosine of two videos", expected=f"at most {COSINE_MOST}", got=f"{cosine:.3f}",
        passed=cosine <= COSINE_MOST,
    )  # fmt: skip


def _near(ours: tuple[Float32, Float32], theirs: tuple[Float32, Float32], window: Window) -> Check:
    tops = [ranking_metrics.top_k(*side, window.seen, TOP) for side in (ours, theirs)]
    overlap = _overlap(*tops)
    return Check(
        name=f"overlap of the top {TOP} with the candidate's", expected=f"at least {OVERLAP_LEAST}",
        got=f"{overlap:.3f}", passed=overlap >= OVERLAP_LEAST,
    )  # fmt: skip


def _overlap(ours: Int64, theirs: Int64) -> float:
    """Mean over users of the share of [users, TOP] rows that both have; -1 is no row."""
    shares = [np.isin(one[one >= 0], other).mean() for one, other in zip(ours, theirs, strict=True)]
    return float(np.mean(shares))


def _no_worse(candidate: Any, released: Any, pairs: Sequence[str]) -> Check:
    """On pairs of the eval window, which the candidate has not seen and the release has."""
    before, after = (_auc_pr(model, pairs) for model in (candidate, released))
    return Check(
        name="AUC-PR of the eval window's pairs", expected=f"at least {before:.4f}",
        got=f"{after:.4f}", passed=after >= before,
    )  # fmt: skip


def _auc_pr(model: Any, pairs: Sequence[str]) -> float:
    """Of a loaded SavedModel on the first PAIRS_MOST pairs."""
    score = model.signatures[SCORE]
    records = tf.data.TFRecordDataset(list(pairs), "GZIP").take(PAIRS_MOST)
    labels, scores = zip(
        *(_scored(score, batch) for batch in records.batch(EXAMPLES_PER_BATCH)), strict=True
    )
    return float(average_precision_score(np.concatenate(labels), np.concatenate(scores)))


def _scored(score: Any, batch: tf.Tensor) -> tuple[Float32, Float32]:
    """[batch] labels and [batch] predictions."""
    labels = parse_raw(batch, columns((LABEL,)))[LABEL.name].numpy()
    return labels, score(examples=batch)[PREDICTION].numpy()
