"""The SavedModel gives the vectors of the model that it was exported from."""

from __future__ import annotations

import numpy as np
import pytest

from schema.feature import Side
from tests.components.toy_transform import VIDEOS
from tests.components.trainer.exported import KNOWN, Exported, asked, raw_of

pytestmark = pytest.mark.tfx


def test_served_users_are_the_fit_s_gates_included(exported: Exported) -> None:
    import tensorflow as tf

    model, users = exported.model, asked()
    served = tf.saved_model.load(str(exported.folder)).signatures["serving_default"]
    encoded = exported.users(users)
    assert (encoded.videos.numpy() >= 0).sum(axis=(1, 2)).tolist() == [0, 3, 12 + 1]
    expected = model.embed_users(encoded).numpy()
    np.testing.assert_allclose(served(**users)["embedding"], expected, atol=1e-6)
    closed = np.abs(expected[:, :7]).max(axis=1)
    assert closed.min() > 0
    assert (np.abs(expected[:, 7:]).max(axis=1) > 1e-4).tolist() == [True, False, True]


def test_served_videos_are_the_fit_s(exported: Exported) -> None:
    import tensorflow as tf

    served = tf.saved_model.load(str(exported.folder)).signatures["video_embedding"]
    found = served(**raw_of(Side.VIDEO, VIDEOS))["embedding"]
    np.testing.assert_allclose(found, exported.model.embed_catalogue(), atol=1e-5)


def test_the_catalogue_s_vectors_are_not_served(exported: Exported) -> None:
    """They are computed from a request; a large catalogue's would be most of the SavedModel."""
    import tensorflow as tf

    size = exported.model.catalogue.size
    shapes = [s for _, s in tf.train.list_variables(str(exported.folder / "variables/variables"))]
    assert len(shapes) > 20
    assert not [shape for shape in shapes if shape[:1] == [size]]
    assert shapes.count([KNOWN + 2, 7]) == 1
