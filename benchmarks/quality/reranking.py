"""LambdaMART over the candidates of EASE + exposure: a reference above, since it is no dot product.

The boosted trees grow in the peers' environment. They learn from the newest fifth of each user's
decisions: features of the older ones, and which candidates were liked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import product

import numpy as np

from benchmarks.peers import environment
from benchmarks.quality.candidates import find
from benchmarks.quality.decisions import Decisions
from benchmarks.quality.exposure import Exposure, chosen
from benchmarks.quality.tuning import best
from schema.arrays import Float32

__all__ = ["GRID", "lambdamart", "reranked"]

GRID = [
    {"num_leaves": leaves, "num_iterations": trees, "learning_rate": 0.05, "min_data_in_leaf": 100}
    for leaves, trees in product((7, 15), (60, 100, 200))
]
"""LightGBM's settings."""


def lambdamart(decisions: Decisions) -> Float32:
    """[users, videos] with the trees that are best on the validation cut; the rest lies below."""
    fit = partial(reranked, setting=chosen(decisions))
    return next(fit(decisions, [best(fit, GRID, decisions)]))


def reranked(
    decisions: Decisions, grid: Sequence[Mapping[str, float]], *, setting: Exposure
) -> Iterator[Float32]:
    """[users, videos] for each of LightGBM's settings."""
    older, newest = decisions.cut_newest()
    learned, asked = find(older, setting), find(decisions, setting)
    liked = newest.likes.matrix().toarray() > 0
    rows = {
        "features": learned.features,
        "labels": np.take_along_axis(liked, learned.videos, axis=1),
        "asked": asked.features,
    }
    for own in grid:
        found = environment.run("lambdamart", rows, own)
        every = np.full(decisions.shape, found.min() - 1, np.float32)
        np.put_along_axis(every, asked.videos, found, axis=1)
        yield every
