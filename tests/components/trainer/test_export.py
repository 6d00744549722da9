"""The SavedModel gives the vectors of the model that it was exported from."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from schema.feature import Side, ValueType
from schema.features import model_inputs
from tests.components.toy_transform import USERS, VIDEOS, Columns, Outputs

pytestmark = pytest.mark.tfx

KNOWN = 3
HISTORIES = [[], ["v1", "v0", "v2"], ["v0"] * 6 + ["v9"] * 6]
"""Of no decision, of a few, of twelve; v9 is newer than the model."""


class _Exported(NamedTuple):
    model: Any
    users: Any
    videos: Any
    folder: Path


def _raw(side: Side, data: Columns) -> dict[str, Any]:
    """Columns as a request has them."""
    import tensorflow as tf

    raw = {}
    for column in model_inputs(side):
        kind = tf.float32 if column.type is ValueType.FLOAT else tf.string
        values = [column.absent if value is None else value for value in data[column.name]]
        ragged = tf.ragged.constant(values, kind) if column.is_list else tf.constant(values, kind)
        raw[column.name] = ragged.to_tensor(column.absent) if column.is_list else ragged
    return raw


def _asked() -> dict[str, Any]:
    """The first three users of the toy rows, with histories of their own."""
    rows = {name: values[: len(HISTORIES)] for name, values in USERS.items()}
    return _raw(Side.USER, {**rows, "liked_videos": HISTORIES})


@pytest.fixture(scope="module")
def exported(
    tmp_path_factory: pytest.TempPathFactory,
    catalogue: tuple[Any, Outputs],
    users: tuple[Any, Outputs],
) -> _Exported:
    """Random weights everywhere, and a gate of its own for each group."""
    import tensorflow as tf

    from components.trainer.export import export
    from components.trainer.inputs.catalogue import Catalogue
    from components.trainer.inputs.encoder import Encoder, VideoIndex
    from components.trainer.model.item_embedding import InitialValues
    from components.trainer.model.two_tower import TwoTower
    from components.trainer.settings import TrainSettings

    folder = tmp_path_factory.mktemp("exported")
    (folder / "known").write_text("".join(f"v{video}\n" for video in range(KNOWN)))
    index = VideoIndex(folder / "known")
    user, video = Encoder(Side.USER, users[0], index), Encoder(Side.VIDEO, catalogue[0], index)
    ids = np.array([name.encode() for name in VIDEOS["video_id"]], object)
    every = Catalogue(ids, video(_raw(Side.VIDEO, VIDEOS)).dense.numpy(), KNOWN)
    settings = TrainSettings(item_dimension=4, exposure_dimension=3, hidden=(8, 8))
    width = user(_asked()).dense.shape[1]
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
    return _Exported(model, user, video, folder / "model")


def test_served_users_are_the_fit_s_gates_included(exported: _Exported) -> None:
    import tensorflow as tf

    model, asked = exported.model, _asked()
    served = tf.saved_model.load(str(exported.folder)).signatures["serving_default"]
    encoded = exported.users(asked)
    assert (encoded.videos.numpy() >= 0).sum(axis=(1, 2)).tolist() == [0, 3, 12 + 1]
    expected = model.embed_users(encoded).numpy()
    np.testing.assert_allclose(served(**asked)["embedding"], expected, atol=1e-6)
    closed = np.abs(expected[:, :7]).max(axis=1)
    assert closed.min() > 0
    assert (np.abs(expected[:, 7:]).max(axis=1) > 1e-4).tolist() == [True, False, True]


def test_served_videos_are_the_fit_s(exported: _Exported) -> None:
    import tensorflow as tf

    served = tf.saved_model.load(str(exported.folder)).signatures["video_embedding"]
    found = served(**_raw(Side.VIDEO, VIDEOS))["embedding"]
    np.testing.assert_allclose(found, exported.model.embed_catalogue(), atol=1e-5)


def test_the_catalogue_s_vectors_are_not_served(exported: _Exported) -> None:
    """They are computed from a request; a large catalogue's would be most of the SavedModel."""
    import tensorflow as tf

    size = exported.model.catalogue.size
    shapes = [s for _, s in tf.train.list_variables(str(exported.folder / "variables/variables"))]
    assert len(shapes) > 20
    assert not [shape for shape in shapes if shape[:1] == [size]]
    assert shapes.count([KNOWN + 2, 7]) == 1
