"""The specified towers: layers, unit length, each usable alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

pytestmark = pytest.mark.tfx

Floats = npt.NDArray[np.float32]
DENSE, VIDEOS = 5, 3  # widths and counts of a world of three videos


def _catalogue() -> Any:
    from components.trainer.inputs.catalogue import Catalogue

    dense = np.eye(VIDEOS, DENSE + 1, dtype=np.float32)
    dense[:, -1] = [0.125, 0.25, 0.5]  # as the fit rounds them, to a 64th
    return Catalogue(np.array([b"a", b"b", b"c"], object), dense, VIDEOS - 1)


def _build(**settings: Any) -> Any:
    import tensorflow as tf

    from components.trainer.model.two_tower import TwoTower
    from components.trainer.settings import TrainSettings

    tf.keras.utils.set_random_seed(1)
    sampling_probability = tf.fill([VIDEOS], 1 / VIDEOS)
    return TwoTower(TrainSettings(**settings), _catalogue(), sampling_probability, DENSE, 2)


def _with_values(model: Any) -> Any:
    """With random values in both of the closed form's parts."""
    from components.trainer.model.item_embedding import InitialValues

    def drawn(*shape: int) -> Floats:
        return np.random.default_rng(sum(shape)).normal(0, 1, shape).astype(np.float32)

    known, width = VIDEOS - 1, model.settings.closed_dimension
    weights = drawn(4).tolist()
    model.initialize(
        InitialValues(
            drawn(known, width), drawn(DENSE, width), drawn(width), np.ones(known, np.float32),
            weights, 0.5,
        )
    )  # fmt: skip
    return model


@pytest.fixture(scope="module")
def model() -> Any:
    return _with_values(_build())


def _users(model: Any, histories: list[list[list[int]]], *, width: int = 4) -> Floats:
    """Embeddings of users who differ in their histories alone, each padded to `width`."""
    import tensorflow as tf

    from components.trainer.inputs.encoder import Encoded

    padded = [[own + [-1] * (width - len(own)) for own in user] for user in histories]
    dense = np.ones((len(histories), DENSE), np.float32)
    user = Encoded(dense, tf.constant(padded, tf.int32))
    return model.embed_users(user).numpy()  # type: ignore[no-any-return]


def _videos(model: Any, indices: list[int]) -> Floats:
    import tensorflow as tf

    from components.trainer.inputs.encoder import Encoded

    dense = np.ones((len(indices), DENSE + 1), np.float32)
    video = Encoded(dense, tf.constant(indices, tf.int32))
    return model.video_tower(model.video_input(video)).numpy()  # type: ignore[no-any-return]


def _is_unit(vectors: Floats, rows: int) -> bool:
    lengths = np.sqrt((vectors.astype(np.float64) ** 2).sum(axis=1))
    return vectors.shape == (rows, 768) and np.allclose(lengths, 1, atol=1e-5)


def test_a_tower_s_layers_are_the_owner_s(model: Any) -> None:
    for tower in (model.user_tower, model.video_tower):
        layers = [(type(la).__name__, la.get_config()) for la in (tower.first, *tower.rest)]
        assert [
            (kind, config.get("units", config.get("rate")), config.get("activation"))
            for kind, config in layers
        ] == [
            ("Dense", 512, "relu"), ("Dropout", 0.3, None),
            ("Dense", 256, "relu"), ("Dropout", 0.3, None),
            ("Dense", 768, "tanh"),
        ]  # fmt: skip


def test_without_the_direct_way_a_tower_is_the_owner_s_layer_by_layer() -> None:
    """By NumPy, from the weights."""
    tower = _build(use_shortcut=False).video_tower
    x = np.random.default_rng(0).normal(size=(3, tower.width)).astype(np.float32)
    hidden = np.maximum(x @ tower.first.kernel.numpy() + tower.first.bias.numpy(), 0)
    second, last = tower.rest[1], tower.rest[3]
    hidden = np.maximum(hidden @ second.kernel.numpy() + second.bias.numpy(), 0)
    end = np.tanh(hidden @ last.kernel.numpy() + last.bias.numpy())
    expected = end / np.linalg.norm(end, axis=1, keepdims=True)
    np.testing.assert_allclose(tower(x).numpy(), expected, atol=1e-5)


def test_both_towers_work_alone_and_their_embeddings_have_length_one(model: Any) -> None:
    assert _is_unit(_users(model, [[[0, 1], [2]], [[], []]]), rows=2)
    assert _is_unit(_videos(model, [0, 1, 2]), rows=3)
    any_width = np.random.default_rng(0).normal(0, 100, (7, model.user_tower.width))
    assert _is_unit(model.user_tower(any_width.astype(np.float32)).numpy(), rows=7)


def test_the_towers_share_nothing_but_item_vectors(model: Any) -> None:
    own, other = ({v.ref() for v in t.variables} for t in (model.user_tower, model.video_tower))
    assert not own & other
    assert len(other) == 6 + 1
    assert len(own) == 6 + 1 + 1  # the gates


def test_only_layers_shortcuts_items_and_the_score_are_trained(model: Any) -> None:
    """What is not trained is restored with the rest by `get_weights` all the same."""
    names = sorted(v.name.split("/")[-1].split(":")[0] for v in model.trainable_variables)
    layers = ["bias"] * 6 + ["kernel"] * 6
    shared = ["id_residual", "projection", "user_prior"]
    assert names == sorted(
        [*layers, *shared, "score_bias", "score_scale", "shortcut_weights", "shortcut_weights"]
    )
    fixed = {
        "user_tower.gates", "item_embedding.id_weight", "closed_part.table",
        "closed_part.catalogue", "closed_part.weights_of_means", "closed_part.weight_of_exposure",
    }  # fmt: skip
    assert fixed < model.get_weight_paths().keys()


def test_at_first_the_shortcut_alone_decides() -> None:
    """The cosine of two vectors: the user's pooled ones, the video's own beside the level."""
    import tensorflow as tf

    fresh = _build(item_dimension=4, exposure_dimension=2, hidden=(8, 8))
    items = np.random.default_rng(0).normal(0, 3, (VIDEOS, 4)).astype(np.float32)
    fresh.item_embedding.id_residual.assign(items)
    fresh.item_embedding.projection.assign(tf.zeros_like(fresh.item_embedding.projection))
    fresh.item_embedding.user_prior.assign([0.0, 0.0, 0.0, 2.0])
    fresh.user_tower.shortcut_weights.assign([0.0, 0.0, 1.0, -0.5])
    fresh.video_tower.rest[-1].kernel.assign(tf.zeros_like(fresh.video_tower.rest[-1].kernel))
    users = _users(fresh, [[[0], [1]]], width=1)
    mean = (items[0] - 0.5 * items[1]) / (1 + 1 + 1) + [0.0, 0.0, 0.0, (1 - 0.5) * 2.0]
    level = np.full(768 - (4 + 2) - 4, 0.3)
    for video in range(VIDEOS - 1):
        length = np.sqrt((items[video] ** 2).sum() + (level**2).sum())
        expected = mean @ items[video] / np.linalg.norm(mean) / length
        assert users[0] @ fresh.embed_catalogue().numpy()[video] == pytest.approx(
            expected, abs=1e-5
        )


def test_few_decisions_make_a_candidate_s_own_part_say_little() -> None:
    import tensorflow as tf

    fresh = _build()
    fresh.item_embedding.id_residual.assign(tf.ones_like(fresh.item_embedding.id_residual))
    fresh.item_embedding.id_weight.assign([0.25, 1.0, 1.0])
    own = fresh.item_embedding.id_residual_of(tf.constant([0, 1])).numpy()
    assert own[:, 0].tolist() == [0.25, 1.0]


def test_dropout_is_off_unless_training(model: Any) -> None:
    ones = np.ones((1, model.video_tower.width), np.float32)
    still = [model.video_tower(ones).numpy() for _ in range(2)]
    moving = [model.video_tower(ones, training=True).numpy() for _ in range(2)]
    assert np.array_equal(*still)
    assert not np.array_equal(*moving)


def test_padding_of_a_history_changes_no_embedding(model: Any) -> None:
    histories = [[[0, 1], [2]], [[], [1]]]
    narrow, wide = (_users(model, histories, width=width) for width in (2, 9))
    np.testing.assert_allclose(narrow, wide, atol=1e-6)


def test_a_history_counts_by_what_it_holds_its_order_and_whether_it_was_liked(model: Any) -> None:
    one, *others = _users(
        model, [[[0, 1], [2]], [[1, 0], [2]], [[2], [0, 1]], [[], []], [[VIDEOS - 1], [2]]]
    )
    for other in others:
        assert np.abs(one - other).max() > 1e-4


def test_pooling_is_a_mean_and_a_mean_that_weighs_the_newest_most() -> None:
    """exp(-rank / decay), by hand; 1 is added to the weights of both histories together."""
    import tensorflow as tf

    from components.trainer.model.pooling import pool_history

    everybody = np.array([0.25, -0.5])
    table = tf.constant([[1.0, 0.0], [0.0, 1.0], [5.0, 5.0], everybody])
    histories = tf.constant([[[0, 1, 1], [2, -1, -1]], [[-1, -1, -1], [1, 0, -1]]])
    a, b = np.exp(-1 / 2), np.exp(-2 / 2)
    all_of_first, all_of_second = 1 + a + b + 1 + 1, 1 + a + 1
    expected = [
        [1 / 5, 2 / 5, 1, 1, *(np.array([1, a + b, 5, 5]) / all_of_first)],
        [0, 0, 1 / 3, 1 / 3, *(np.array([0, 0, a, 1]) / all_of_second)],
    ]
    np.testing.assert_allclose(
        pool_history(histories, table, decay=2.0),
        np.array(expected) + np.tile(everybody, 4),
        rtol=1e-6,
    )


@pytest.mark.parametrize("liked", [True, False])
def test_the_exposure_of_a_like_is_that_of_a_nope(*, liked: bool) -> None:
    """exp(-rank / (share * n)) by hand, n of each history alone; 1 is added to the weights."""
    import tensorflow as tf

    from components.trainer.model.pooling import pool_exposure

    table = tf.constant([[1.0, 0.0], [0.0, 1.0], [5.0, 5.0], [9.0, 9.0]])
    long, short = [0, 1, 1, -1], [2, -1, -1, -1]
    histories = [[long, short] if liked else [short, long], [[-1] * 4, [-1] * 4], [short, short]]
    a, b = np.exp(-1 / (0.5 * 3)), np.exp(-2 / (0.5 * 3))
    total = 1 + a + b + 1 + 1
    expected = [[(1 + 5) / total, (a + b + 5) / total], [0, 0], [10 / 3, 10 / 3]]
    found = pool_exposure(tf.constant(histories), table, share=0.5)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_sparse_product_and_its_gradient_are_the_dense_ones() -> None:
    """An empty row, and a matrix without any entry; how many rows there are is not said before."""
    import tensorflow as tf

    from components.trainer.model.item_embedding import sparse_matmul

    variable = tf.Variable(np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32))

    @tf.function(input_signature=[tf.TensorSpec([None, 3])])
    def both(left: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            found = sparse_matmul(tf.sparse.from_dense(left), variable)
            loss = tf.reduce_sum(found**2)
        return found, tape.gradient(loss, variable)

    right = variable.numpy()
    for left in (np.array([[0.0, 2.0, -1.0], [0.0, 0.0, 0.0], [3.0, 0.0, 0.5]]), np.zeros((2, 3))):
        found, gradient = both(left.astype(np.float32))
        np.testing.assert_allclose(found, left @ right, atol=1e-6)
        np.testing.assert_allclose(gradient, 2 * left.T @ (left @ right), atol=1e-5)


def test_cells_of_a_sparse_product_come_in_any_order_and_twice() -> None:
    """As a history names two videos that are unknown to the model; rows 0 and 1 by hand."""
    import tensorflow as tf

    from components.trainer.model.item_embedding import sparse_matmul

    right = tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    left = tf.SparseTensor([[0, 2], [0, 0], [0, 2], [1, 1]], [1.0, 2.0, 3.0, 4.0], [2, 3])
    with tf.GradientTape() as tape:
        found = sparse_matmul(left, right)
        loss = tf.reduce_sum(found * [[1.0, 0.0], [0.0, 1.0]])
    assert found.numpy().tolist() == [[4 * 5 + 2 * 1, 4 * 6 + 2 * 2], [4 * 3, 4 * 4]]
    assert tape.gradient(loss, right).numpy().tolist() == [[2, 0], [0, 4], [4, 0]]


def test_a_score_is_a_chance_that_rises_with_the_cosine(model: Any) -> None:
    """Whatever sign the learned scale takes."""
    cosines = np.linspace(-1, 1, 21).astype(np.float32)
    for scale in (5.0, -5.0):
        model.scale.assign(scale)
        sampling_probability = model.score(cosines).numpy()
        assert (np.diff(sampling_probability) > 0).all()
        assert 0 < sampling_probability[0] < sampling_probability[-1] < 1
    model.scale.assign(5.0)
    # sigmoid(5 * 1 - 1) and sigmoid(5 * -1 - 1), by hand.
    assert sampling_probability[[-1, 0]] == pytest.approx([0.98201379, 0.00247262], rel=1e-4)


def test_training_sees_the_video_tower_that_serves(model: Any) -> None:
    """The fit computes the first layer in sparse parts; the last video is unknown to the model."""
    from components.trainer.inputs.encoder import Encoded

    dense = np.eye(VIDEOS, DENSE + 1, dtype=np.float32)
    dense[:, -1] = [0.125, 0.25, 0.5]
    served = model.video_tower(model.video_input(Encoded(dense, np.array([0, 1, 2], np.int32))))
    np.testing.assert_allclose(model.embed_catalogue(), served, atol=1e-6)


def test_a_batch_s_loss_is_the_weighted_sum_of_both(model: Any) -> None:
    """Binary cross-entropy of the pairs, and the softmax over the catalogue, by NumPy."""
    import tensorflow as tf

    weights = {"pair_weight": 2.0, "retrieval_weight": 0.5}
    still = _build(dropout=0.0, history_dropout=0.0, unknown_rate=0.0, **weights)
    still.set_weights(model.get_weights())
    batch = {
        "dense": tf.ones([2, DENSE]),
        "histories": tf.constant([[[0], [-1]], [[-1], [-1]]]),
        "pair_videos": tf.constant([[1, 0], [2, -1]]),
        "labels": tf.constant([[1.0, 0.0], [0.0, 0.0]]),
        "ages": tf.constant([[0.25, 0.125], [0.5, 0.9]]),
        "targets": tf.constant([[1, 1], [0, -1]]),
    }
    users = _users(model, [[[0], []], [[], []]], width=1)
    videos = model.embed_catalogue().numpy()
    cosines = users @ videos.T
    sampling_probability = 1 / (1 + np.exp(-(5 * cosines - 1)))
    pairs = -np.mean(
        [
            np.log(sampling_probability[0, 1]),
            np.log(1 - sampling_probability[0, 0]),
            np.log(1 - sampling_probability[1, 2]),
        ]
    )
    # User 0 knows video 0, and nobody could like video 2 yet: only video 1 is left.
    logits = cosines[1, :2] / 0.25
    softmax = (0 + 0 + np.log(np.exp(logits).sum()) - logits[0]) / 3
    loss = float(still.compute_loss(batch, training=True))
    assert loss == pytest.approx(2 * pairs + 0.5 * softmax, rel=1e-4)
