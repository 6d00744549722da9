"""A version is not released if its files for other runtimes give other vectors or lists."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from safetensors.numpy import load_file, save_file

from schema.feature import Side
from tests.components.toy_transform import VIDEOS
from tests.components.trainer.exported import Exported, raw_of
from tests.components.trainer.test_edge import USERS, instances

pytestmark = pytest.mark.tfx

Floats = npt.NDArray[np.float32]


def _vectors(exported: Exported) -> tuple[Floats, Floats]:
    """Of users and videos, by the SavedModel."""
    import tensorflow as tf

    signatures = tf.saved_model.load(str(exported.folder)).signatures
    users = signatures["serving_default"](**raw_of(Side.USER, USERS))["embedding"].numpy()
    videos = signatures["video_embedding"](**raw_of(Side.VIDEO, VIDEOS))["embedding"].numpy()
    return users, videos


def _changed(exported: Exported, folder: Path, name: str, change: float) -> Path:
    """A copy in which the first number of one array of the users' weights differs."""
    shutil.copytree(exported.folder, folder)
    path = folder / "assets.extra" / "edge" / "user.safetensors"
    weights = load_file(path)
    weights[name].flat[0] += change
    save_file(weights, path)
    return folder


def _checks(exported: Exported, folder: Path) -> dict[str, Any]:
    from components.edge_check.checks import check_encodings
    from components.edge_check.edge_files import read_edge_files

    checks = check_encodings(read_edge_files(folder), instances(), *_vectors(exported))
    return {check.name: check.passed for check in checks}


def test_the_files_as_written_pass(exported: Exported) -> None:
    assert _checks(exported, exported.folder) == {
        "largest difference of an edge vector, 6 users": True,
        "places of the first 20 with another video": True,
    }


@pytest.mark.parametrize("name", ["gates", "table.closed", "table.trained", "weights_of_means"])
def test_another_number_fails(exported: Exported, tmp_path: Path, name: str) -> None:
    folder = _changed(exported, tmp_path / "changed", name, 0.5)
    assert not _checks(exported, folder)["largest difference of an edge vector, 6 users"]


def test_another_graph_fails(exported: Exported) -> None:
    from components.edge_check.checks import check_tower
    from components.edge_check.edge_files import read_edge_files

    tower, videos = read_edge_files(exported.folder).video_tower, _vectors(exported)[1]
    features = np.zeros((len(videos), tower.input_types[0].tensor_type.shape.dim[1].dim_value))
    check = check_tower("videos", tower, features.astype(np.float32), videos)
    assert not check.passed
    assert check.name == f"largest difference of an ONNX vector, {len(videos)} videos"


def test_places_count_where_the_video_is_another_and_no_tie() -> None:
    from components.edge_check.checks import other_places

    videos = np.array([[1.0, 0.0], [0.9, 0.0], [0.9, 0.0], [0.0, 1.0]], np.float32)
    user, other = np.array([[1.0, 0.0]], np.float32), np.array([[0.0, 1.0]], np.float32)
    assert other_places(user, user, videos) == 0
    assert other_places(user, user + np.float32(1e-7), videos) == 0
    # By scores 1, .9, .9, 0 against the order 3, 0, 1, 2, whose scores are 0, 1, .9, .9.
    assert other_places(user, other, videos) == 3
