"""SASRec by RecTools (Kang, McAuley, 2018); its loss is the softmax over the catalogue.

Started as a script by the Python of the peers' environment, see environment.py.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pytorch_lightning import Trainer, seed_everything
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import SASRecModel

SEED = 7


def main() -> None:
    """Arguments: decisions (.npz), where the scores go (.npy), and settings as JSON.

    The settings are `nopes` (the weight in the loss of a nope that comes next, null to leave nopes
    out of the sequence), `length` (the newest decisions of a user that count), and RecTools' own.
    """
    decisions, target, settings = sys.argv[1:]
    np.save(target, scores(dict(np.load(decisions)), **json.loads(settings)))


def scores(
    decisions: dict[str, npt.NDArray[Any]], *, nopes: float | None, length: int, **settings: Any
) -> npt.NDArray[np.float32]:
    """[users, videos], higher is better; a user or a video without a decision has the lowest."""
    steps = _dataset(nopes=nopes, **decisions)
    seed_everything(SEED)
    model = SASRecModel(
        session_max_len=length,
        loss="softmax",
        get_trainer_func=_trainer,
        get_trainer_func_kwargs={"epochs": settings.pop("epochs")},
        recommend_torch_device="cpu",
        **settings,
    )
    model.fit(steps)
    return _ranked(model, steps, decisions["shape"])


def _dataset(
    users: npt.NDArray[np.int64],
    videos: npt.NDArray[np.int64],
    liked: npt.NDArray[np.bool_],
    *,
    nopes: float | None,
    **_: npt.NDArray[np.int64],
) -> Dataset:
    """A step of the sequence for each decision; an invented time keeps the order."""
    columns = {
        Columns.User: users,
        Columns.Item: videos,
        Columns.Weight: np.where(liked, 1.0, nopes or 0.0),
        Columns.Datetime: pd.to_datetime(np.arange(len(users)), unit="s"),
    }
    return Dataset.construct(pd.DataFrame(columns)[liked if nopes is None else slice(None)])


def _trainer(epochs: int) -> Trainer:
    return Trainer(
        max_epochs=epochs,
        min_epochs=epochs,
        accelerator="cpu",
        deterministic=True,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )


def _ranked(
    model: SASRecModel, steps: Dataset, shape: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    """The whole catalogue is asked for, and put back into its order."""
    users = steps.user_id_map.external_ids
    found = model.recommend(users, steps, k=int(shape[1]), filter_viewed=False)
    every = np.full(shape, found[Columns.Score].min() - 1, np.float32)
    every[found[Columns.User], found[Columns.Item]] = found[Columns.Score]
    return every


if __name__ == "__main__":
    main()
