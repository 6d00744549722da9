"""LambdaMART by LightGBM (Burges, 2010): learns from rows with labels, scores other rows.

Started as a script by the Python of the peers' environment, see environment.py.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt

ALWAYS = {
    "objective": "lambdarank",
    "seed": 7,
    "deterministic": True,
    "num_threads": 1,
    "verbosity": -1,
}


def main() -> None:
    """Arguments: rows (.npz), where the scores go (.npy), and LightGBM's settings as JSON.

    The rows are `features` [lists, candidates, features] with `labels` [lists, candidates], of
    which every list with a like is learned from; and `asked` [users, candidates, features].
    """
    rows, target, settings = sys.argv[1:]
    np.save(target, scores(**np.load(rows), **json.loads(settings)))


def scores(
    features: npt.NDArray[np.float32],
    labels: npt.NDArray[np.bool_],
    asked: npt.NDArray[np.float32],
    **settings: Any,
) -> npt.NDArray[np.float32]:
    """[users, candidates], higher is better."""
    judged = labels.any(axis=1)
    lists = lightgbm.Dataset(
        features[judged].reshape(-1, features.shape[2]),
        labels[judged].ravel().astype(np.int8),
        group=np.full(judged.sum(), labels.shape[1]),
    )
    model = lightgbm.train({**ALWAYS, **settings}, lists)
    found = model.predict(asked.reshape(-1, asked.shape[2]))
    return np.asarray(found, np.float32).reshape(asked.shape[:2])


if __name__ == "__main__":
    main()
