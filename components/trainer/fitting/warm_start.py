"""Warm start from the previous release; rows that follow a vocabulary are matched by name.

A fit saves two sets of weights: `train`, the best ones fitted on train alone, and `whole`, fitted
on train and valid. The next selection starts from the first and the next refit from the second, so
that no window judges weights that were fitted on it. (Whether that
fit was kept was decided on the last valid window, which the next one may overlap.)
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from components.trainer.inputs.encoder import Encoder
from components.trainer.model.two_tower import TwoTower
from schema.arrays import Float32
from schema.features import VIDEO_ID

__all__ = [
    "Names",
    "WarmStart",
    "Weights",
    "assign",
    "by_name",
    "load_fit",
    "names_of",
    "save_fit",
    "weights_of",
]

_LOG = logging.getLogger(__name__)
NAMES, TRAIN, WHOLE = "rows.json", "train.npz", "whole.npz"

Weights = dict[str, Float32]
"""By the path of a variable in the model, as `user_tower.first.kernel`."""
Names = dict[str, list[str]]
"""By the same path, for weights of which each row belongs to a term: `feature=term`; `feature=` is
of the terms that the model does not know."""


class WarmStart(NamedTuple):
    """Weights saved for the next fit.

    Attributes:
        version: of the model.
        train: weights that the train window made.
        whole: weights that train and valid made.
    """

    version: int
    train: Weights
    whole: Weights


def weights_of(model: TwoTower) -> Weights:
    """A copy of every trainable weight; the id weights are counted again in each run."""
    trained = {id(variable) for variable in model.trainable_variables}
    paths = model.get_weight_paths().items()
    return {path: variable.numpy() for path, variable in paths if id(variable) in trained}


def assign(model: TwoTower, weights: Weights) -> None:
    """Sets what `weights_of` returned, of this model or, taken over, of the last release's."""
    variables = model.get_weight_paths()
    for path, values in weights.items():
        variables[path].assign(values)


def names_of(model: TwoTower, users: Encoder, videos: Encoder, known: Sequence[str]) -> Names:
    """Names of the rows of each weight.

    Args:
        model: with the weights.
        users: the user side's columns.
        videos: the video side's columns, the age last.
        known: ids of the videos with a vector of their own, in the model's order.
    """
    return {
        "item_embedding.id_residual": [f"{VIDEO_ID.name}={video}" for video in (*known, "")],
        "item_embedding.projection": list(videos.columns[:-1]),
        "user_tower.first.kernel": _followed(users.columns, "pooled", model.user_tower.inputs),
        "video_tower.first.kernel": _followed(videos.columns, "item", model.video_tower.inputs),
    }


def _followed(columns: Sequence[str], name: str, width: int) -> list[str]:
    """Names of the dense columns, then of the item embeddings' columns up to the whole width."""
    return [*columns, *(f"{name} {place}" for place in range(width - len(columns)))]


def save_fit(folder: Path, names: Names, fit: WarmStart) -> None:
    """Writes what `load_fit` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / TRAIN, **fit.train)  # type: ignore[arg-type]
    np.savez(folder / WHOLE, **fit.whole)  # type: ignore[arg-type]
    (folder / NAMES).write_text(json.dumps({"version": fit.version, "names": names}))


def load_fit(folder: Path, names: Names, model: TwoTower) -> WarmStart | None:
    """The last fit as weights of this model; None, with a warning, where the towers are others.

    Args:
        folder: where `save_fit` wrote.
        names: of this model's rows.
        model: whose weights are to be replaced.
    """
    last = json.loads((folder / NAMES).read_text())
    train, whole = (_renamed(folder / file, last["names"], names) for file in (TRAIN, WHOLE))
    shapes, wanted = ({p: v.shape for p, v in w.items()} for w in (train, weights_of(model)))
    if shapes != wanted:
        _LOG.warning("no warm start: the towers of version %s are others", last["version"])
        return None
    return WarmStart(last["version"], train, whole)


def _renamed(file: Path, old: Names, new: Names) -> Weights:
    with np.load(file) as read:
        return {
            path: by_name(values, old[path], new[path]) if path in old.keys() & new else values
            for path, values in read.items()
        }


def by_name(values: Float32, old: list[str], new: list[str]) -> Float32:
    """Rows for the new names: a known name's own, else its feature's unknown's, else zeros.

    So the model says nearly what it said, since a term that is new was unknown before. (Means, IDF
    and lengths of the inputs are fitted again, and shift a little.)
    """
    row = {name: place for place, name in enumerate(old)}
    unknown = (row.get(name.partition("=")[0] + "=", -1) for name in new)
    rows = [row.get(name, other) for name, other in zip(new, unknown, strict=True)]
    return np.take(np.concatenate([values, np.zeros_like(values[:1])]), rows, axis=0)
