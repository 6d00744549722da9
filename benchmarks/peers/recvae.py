"""RecVAE by Cornac (Shenbin et al., 2020), on likes.

Started as a script by the Python of the peers' environment, see environment.py.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import numpy.typing as npt
from cornac.data import Dataset
from cornac.models import RecVAE

SEED = 7


def main() -> None:
    """Arguments: decisions (.npz), where the scores go (.npy), and Cornac's settings as JSON."""
    decisions, target, settings = sys.argv[1:]
    np.save(target, scores(dict(np.load(decisions)), **json.loads(settings)))


def scores(decisions: dict[str, npt.NDArray[Any]], **settings: Any) -> npt.NDArray[np.float32]:
    """[users, videos], higher is better; a user or a video without a like has the lowest."""
    liked = decisions["liked"]
    users, videos = decisions["users"][liked], decisions["videos"][liked]
    likes = Dataset.from_uir([(u, v, 1.0) for u, v in zip(users, videos, strict=True)], seed=SEED)
    fitted = RecVAE(seed=SEED, use_gpu=False, **settings).fit(likes)
    fitted.recvae_model.eval()  # Cornac leaves it as in training, which drops half of the likes
    known = np.array([fitted.score(row) for row in range(likes.num_users)], np.float32)
    every = np.full(decisions["shape"], known.min() - 1, np.float32)
    every[np.ix_(list(likes.uid_map), list(likes.iid_map))] = known
    return every


if __name__ == "__main__":
    main()
