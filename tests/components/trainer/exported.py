"""A model of random weights on the toy rows, exported."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from schema.feature import Side, ValueType
from schema.features import model_inputs
from tests.components.toy_transform import USERS, VIDEOS, Columns, Outputs

__all__ = ["HISTORIES", "KNOWN", "Exported", "asked", "export_random", "raw_of"]

KNOWN = 3
HISTORIES = [[], ["v1", "v0", "v2"], ["v0"] * 6 + ["v9"] * 6]
"""Of no decision, of a few, of twelve; v9 is newer than the model."""


class Exported(NamedTuple):
    """The model, both encoders, and the folder of the SavedModel."""

    model: Any
    users: Any
    videos: Any
    folder: Path


def raw_of(side: Side, data: Columns) -> dict[str, Any]:
    """Columns as a request has them."""
    import tensorflow as tf

    raw = {}
    for column in model_inputs(side):
        kind = tf.float32 if column.type is ValueType.FLOAT else tf.string
        values = [column.absent if value is None else value for value in data[column.name]]
        ragged = tf.ragged.constant(values, kind) if column.is_list else tf.constant(values, kind)
        raw[column.name] = ragged.to_tensor(column.absent) if column.is_list else ragged
    return raw


def asked() -> dict[str, Any]:
    """The first three users of the toy rows, with histories of their own."""
    rows = {name: values[: len(HISTORIES)] for name, values in USERS.items()}
    return raw_of(Side.USER, {**rows, "liked_videos": HISTORIES})


def export_random(
    folder: Path, catalogue: tuple[Any, Outputs], users: tuple[Any, Outputs]
) -> Exported:
    """Random weights everywhere, and a gate of its own for each group."""
    import tensorflow as tf

    from components.trainer.export import export
    from components.trainer.inputs.catalogue import Catalogue
    from components.trainer.inputs.encoder import Encoder, VideoIndex
    from components.trainer.model.item_embedding import InitialValues
    from components.trainer.model.two_tower import TwoTower
    from components.trainer.settings import TrainSettings

    (folder / "known").write_text("".join(f"v{video}\n" for video in range(KNOWN)))
    index = VideoIndex(folder / "known")
    user, video = Encoder(Side.USER, users[0], index), Encoder(Side.VIDEO, catalogue[0], index)
    ids = np.array([name.encode() for name in VIDEOS["video_id"]], object)
    every = Catalogue(ids, video(raw_of(Side.VIDEO, VIDEOS)).dense.numpy(), KNOWN)
    settings = TrainSettings(item_dimension=4, exposure_dimension=3, hidden=(8, 8))
    width = user(asked()).dense.shape[1]
    model = TwoTower(settings, every, tf.fill([every.size], 0.1), width, 2)
    rng = np.random.default_rng(0)

    def drawn(*shape: int) -> npt.NDArray[np.float32]:
        return rng.normal(size=shape).astype(np.float32)

    prior, weights = np.pad(drawn(4), (0, 3)), drawn(4).tolist()
    model.initialize(
        InitialValues(drawn(KNOWN, 7), drawn(every.width, 7), prior, drawn(KNOWN), weights, 0.5)
    )
    for variable in model.trainable_variables:
        variable.assign(0.1 * drawn(*variable.shape))
    model.user_tower.gates.assign([0.75, 0.0, 0.25])
    export(model, user, video, str(folder / "model"), 7)
    return Exported(model, user, video, folder / "model")
