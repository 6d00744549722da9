"""The owner's towers: layers, unit length, each usable alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

pytestmark = pytest.mark.tfx

Floats = npt.NDArray[np.float32]
DENSE, VIDEOS = 5, 3  # widths and counts of a world of three videos


@pytest.fixture(scope="module")
def model() -> Any:
    import tensorflow as tf

    from components.trainer.encoder import Encoded
    from components.trainer.model import TwoTower
    from components.trainer.settings import TrainSettings

    tf.keras.utils.set_random_seed(1)
    dense = np.eye(VIDEOS, DENSE, dtype=np.float32)
    return TwoTower(TrainSettings(), Encoded(dense, np.arange(VIDEOS, dtype=np.int32)), VIDEOS)


def _users(model: Any, histories: list[list[list[int]]], *, width: int = 4) -> Floats:
    """Embeddings of users who differ in their histories alone, each padded to `width`."""
    import tensorflow as tf

    from components.trainer.encoder import Encoded

    padded = [[own + [-1] * (width - len(own)) for own in user] for user in histories]
    dense = np.ones((len(histories), DENSE), np.float32)
    user = Encoded(dense, tf.constant(padded, tf.int32))
    return model.user_tower(model.user_input(user)).numpy()  # type: ignore[no-any-return]


def _videos(model: Any, indices: list[int]) -> Floats:
    import tensorflow as tf

    from components.trainer.encoder import Encoded

    dense = np.ones((len(indices), DENSE), np.float32)
    video = Encoded(dense, tf.constant(indices, tf.int32))
    return model.video_tower(model.video_input(video)).numpy()  # type: ignore[no-any-return]


def _is_unit(vectors: Floats, rows: int) -> bool:
    lengths = np.sqrt((vectors.astype(np.float64) ** 2).sum(axis=1))
    return vectors.shape == (rows, 768) and np.allclose(lengths, 1, atol=1e-5)


def test_a_tower_s_layers_are_the_owner_s(model: Any) -> None:
    _users(model, [[[0], [1]]])
    _videos(model, [0])
    for tower in (model.user_tower, model.video_tower):
        layers = [(type(layer).__name__, layer.get_config()) for layer in tower.layers]
        assert [
            (kind, config.get("units", config.get("rate")), config.get("activation"))
            for kind, config in layers
        ] == [
            ("Dense", 512, "relu"), ("Dropout", 0.3, None),
            ("Dense", 256, "relu"), ("Dropout", 0.3, None),
            ("Dense", 768, "tanh"), ("UnitNormalization", None, None),
        ]  # fmt: skip


def test_both_towers_work_alone_and_their_embeddings_have_length_one(model: Any) -> None:
    assert _is_unit(_users(model, [[[0, 1], [2]], [[], []]]), rows=2)
    assert _is_unit(_videos(model, [0, 1, 2]), rows=3)
    any_width = np.random.default_rng(0).normal(0, 100, (7, model.user_tower.input_shape[1]))
    assert _is_unit(model.user_tower(any_width.astype(np.float32)).numpy(), rows=7)


def test_the_towers_share_no_weight(model: Any) -> None:
    own = {id(weight) for weight in model.user_tower.weights}
    assert len(own) == 6
    assert not own & {id(weight) for weight in model.video_tower.weights}


def test_dropout_is_off_unless_training(model: Any) -> None:
    ones = np.ones((1, model.user_tower.input_shape[1]), np.float32)
    still = [model.user_tower(ones).numpy() for _ in range(2)]
    moving = [model.user_tower(ones, training=True).numpy() for _ in range(2)]
    assert np.array_equal(*still)
    assert not np.array_equal(*moving)


def test_padding_of_a_history_changes_no_embedding(model: Any) -> None:
    histories = [[[0, 1], [2]], [[], [1]]]
    narrow, wide = (_users(model, histories, width=width) for width in (2, 9))
    np.testing.assert_allclose(narrow, wide, atol=1e-6)


def test_a_history_counts_by_what_it_holds_and_by_whether_it_was_liked(model: Any) -> None:
    """In any order; a user without history is nobody else."""
    one, turned, swapped, empty, unknown = _users(
        model, [[[0, 1], [2]], [[1, 0], [2]], [[2], [0, 1]], [[], []], [[VIDEOS], [2]]]
    )
    np.testing.assert_allclose(one, turned, atol=1e-6)
    for other in (swapped, empty, unknown):
        assert np.abs(one - other).max() > 1e-3


def test_a_score_is_a_chance_that_rises_with_the_cosine(model: Any) -> None:
    """Whatever sign the learned scale takes."""
    cosines = np.linspace(-1, 1, 21).astype(np.float32)
    for scale in (5.0, -5.0):
        model.scale.assign(scale)
        chances = model.score(cosines).numpy()
        assert (np.diff(chances) > 0).all()
        assert 0 < chances[0] < chances[-1] < 1
    model.scale.assign(5.0)
    # sigmoid(5 * 1 - 1) and sigmoid(5 * -1 - 1), by hand.
    assert chances[[-1, 0]] == pytest.approx([0.98201379, 0.00247262], rel=1e-4)


def test_training_sees_the_video_tower_that_serves(model: Any) -> None:
    """The fit computes the first layer in two terms, since one of them needs no gradient."""
    import tensorflow as tf

    from components.trainer.encoder import Encoded

    rows = tf.constant([2, 0])
    dense = np.eye(VIDEOS, DENSE, dtype=np.float32)[[2, 0]]
    served = model.video_tower(model.video_input(Encoded(dense, tf.constant([2, 0]))))
    np.testing.assert_allclose(model._videos(rows, training=False), served, atol=1e-6)
