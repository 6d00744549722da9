"""The closed form's part of both embeddings: what it decides, and that no gradient changes it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from tests.components.trainer.two_tastes import VIDEOS, WIDTH, build_model, two_tastes

pytestmark = pytest.mark.tfx

Floats = npt.NDArray[np.float64]
KNOWN, LIKED, EXPOSED = 10, 8, 4
DECAY, SHARE, LENGTH = 3.0, 0.5, 2.0
HISTORIES = np.array(
    [
        [[0, 1, 2, 3], [4, 5, 6, -1]],
        [[9, -1, -1, -1], [-1, -1, -1, -1]],
        [[-1, -1, -1, -1], [10, 7, -1, -1]],  # 10 stands for every unknown video
        [[-1, -1, -1, -1], [-1, -1, -1, -1]],
    ]
)


class _World(NamedTuple):
    """A model whose every weight is random, and the closed form that it was given.

    Attributes:
        model: all gates are 0.
        videos: [size, LIKED + EXPOSED], as scored.
        users: [users, LIKED + EXPOSED].
    """

    model: Any
    videos: Floats
    users: Floats


def _world(seed: int) -> _World:
    from components.trainer.fitting.gates import set_gates
    from components.trainer.model.item_embedding import InitialValues

    rng, width = np.random.default_rng(seed), LIKED + EXPOSED

    def drawn(*shape: int) -> npt.NDArray[np.float32]:
        return rng.normal(size=shape).astype(np.float32)

    model = build_model(
        known=KNOWN, history_decay=DECAY, exposure_share=SHARE, learned_length=LENGTH
    )
    prior = np.pad(drawn(LIKED), (0, EXPOSED))
    initial = InitialValues(
        drawn(KNOWN, width), drawn(WIDTH, width), prior, np.abs(drawn(KNOWN)),
        drawn(4).tolist(), rng.normal(),
    )  # fmt: skip
    model.initialize(initial)
    for variable in model.trainable_variables:
        variable.assign(rng.normal(size=variable.shape))
    set_gates(model, 0.0)
    content = _content(model) @ initial.projection
    residual = np.pad(initial.id_residual, ((0, VIDEOS - KNOWN), (0, 0)))
    trust = np.pad(initial.id_weight, (0, VIDEOS - KNOWN))
    table = np.vstack([initial.id_residual + content[:KNOWN], np.zeros(width)])
    users = [_pooled(user, table, initial) for user in HISTORIES]
    return _World(model, trust[:, np.newaxis] * residual + content, np.array(users))


def _content(model: Any) -> npt.NDArray[np.float32]:
    import tensorflow as tf

    catalogue = model.catalogue
    content = tf.sparse.to_dense(catalogue.content_of(tf.range(catalogue.size)))
    return content.numpy()  # type: ignore[no-any-return]


def _pooled(user: npt.NDArray[np.int64], table: Floats, initial: Any) -> Floats:
    """By loops over the videos of both histories of one user."""
    plain, recent = (
        [np.zeros(LIKED) for _ in user],
        [np.zeros(LIKED) for _ in user],
    )
    exposed, totals = np.zeros(EXPOSED), np.ones(3)
    for kind, history in enumerate(user):
        videos = [video for video in history if video >= 0]
        for rank, video in enumerate(videos):
            weights = 1.0, np.exp(-rank / DECAY), np.exp(-rank / (SHARE * len(videos)))
            totals += weights
            plain[kind] += weights[0] * table[video, :LIKED]
            recent[kind] += weights[1] * table[video, :LIKED]
            exposed += weights[2] * table[video, LIKED:]
    sums = [*(own / totals[0] for own in plain), *(own / totals[1] for own in recent)]
    prior = initial.user_prior[:LIKED]
    pairs = zip(initial.shortcut_weights, sums, strict=True)
    liked = sum(weight * (own + prior) for weight, own in pairs)
    return np.concatenate([liked, initial.exposure_weight * exposed / totals[2]])


def _users(model: Any) -> npt.NDArray[np.float32]:
    from components.trainer.inputs.encoder import Encoded

    dense = np.random.default_rng(9).normal(size=(len(HISTORIES), 2)).astype(np.float32)
    histories = HISTORIES.astype(np.int32)
    return model.embed_users(Encoded(dense, histories)).numpy()  # type: ignore[no-any-return]


@pytest.mark.parametrize("seed", range(5))
def test_at_gate_0_the_ranking_is_the_closed_form_s_whatever_was_learned(seed: int) -> None:
    """Dot products over sqrt(|video|^2 + learned_length^2): what is learned has one length."""
    world = _world(seed)
    scores = world.users @ world.videos.T
    scores /= np.sqrt((world.videos**2).sum(axis=1) + LENGTH**2)
    found = _users(world.model) @ world.model.embed_catalogue().numpy().T
    lengths = np.linalg.norm(world.users, axis=1, keepdims=True)
    np.testing.assert_allclose(found, scores / lengths, atol=1e-5)
    np.testing.assert_array_equal(found.argsort(axis=1), scores.argsort(axis=1))


def test_above_0_the_ranking_is_another() -> None:
    from components.trainer.fitting.gates import set_gates

    world = _world(0)
    before = _users(world.model)
    set_gates(world.model, 0.25)
    assert np.abs(_users(world.model) - before).max(axis=1).min() > 1e-3


def test_a_gate_is_of_the_users_who_have_decided_on_as_many_videos() -> None:
    """None, 1 to 9, 10 or more, likes and nopes together."""
    model = build_model()
    model.user_tower.gates.assign([0.1, 0.2, 0.3])
    counts = [(0, 0), (1, 0), (0, 1), (4, 5), (5, 5), (0, 10), (12, 12)]
    histories = np.array([[[0] * n + [-1] * (12 - n) for n in own] for own in counts], np.int32)
    found = model.user_tower.gate(histories).numpy()
    assert found.shape == (7, 1)
    assert found[:, 0] == pytest.approx([0.1, 0.2, 0.2, 0.2, 0.3, 0.3, 0.3])


def test_what_is_learned_is_multiplied_by_the_gate_before_it_is_added() -> None:
    """The vector at gate g is (g * learned + closed) / length; learned by NumPy, layer by layer."""
    from components.trainer.fitting.gates import set_gates
    from components.trainer.inputs.encoder import Encoded

    world = _world(3)
    model, tower = world.model, world.model.user_tower
    dense = np.random.default_rng(9).normal(size=(len(HISTORIES), 2)).astype(np.float32)
    seen = model.user_input(Encoded(dense, HISTORIES.astype(np.int32)), model.tables()).numpy()
    x = seen[:, : tower.inputs]
    hidden = np.maximum(x @ tower.first.kernel.numpy() + tower.first.bias.numpy(), 0)
    second, last = tower.rest[1], tower.rest[3]
    hidden = np.maximum(hidden @ second.kernel.numpy() + second.bias.numpy(), 0)
    learned = np.tanh(hidden @ last.kernel.numpy() + last.bias.numpy())
    pooled = x[:, 2:].reshape(len(x), 4, LIKED)
    closed = LIKED + EXPOSED
    shortcut = np.einsum("und,n->ud", pooled, tower.shortcut_weights.numpy())
    learned[:, closed : closed + LIKED] += shortcut
    for gate in (0.1, 1.0):
        set_gates(model, gate)
        expected = gate * learned
        expected[:, :closed] += world.users
        expected /= np.linalg.norm(expected, axis=1, keepdims=True)
        np.testing.assert_allclose(_users(model), expected, atol=1e-5)


def test_a_served_video_is_that_of_the_catalogue() -> None:
    """The catalogue's vectors are kept; a request's are computed from its content."""
    from components.trainer.inputs.encoder import Encoded

    model = _world(1).model
    dense = np.hstack([_content(model), model.catalogue.ages.numpy()[:, np.newaxis]])
    index = np.minimum(np.arange(VIDEOS), KNOWN).astype(np.int32)
    served = model.video_tower(model.video_input(Encoded(dense, index)))
    np.testing.assert_allclose(served, model.embed_catalogue(), atol=1e-5)


def test_a_fit_changes_what_is_learned_and_nothing_of_the_closed_form() -> None:
    from components.trainer.fitting.gates import set_gates
    from components.trainer.inputs.moments import batches

    model = _world(2).model
    set_gates(model, 1.0)
    assert not model.closed_part.trainable_variables
    fixed = {v.ref(): v.numpy() for v in (*model.closed_part.variables, model.user_tower.gates)}
    assert len(fixed) == 4 + 2 + 2 + 1
    learned = {v.ref(): v.numpy() for v in model.trainable_variables}
    model.fit(batches(two_tastes(), model.settings).take(1), verbose=0)
    assert all(np.array_equal(before, ref.deref().numpy()) for ref, before in fixed.items())
    changed = [not np.array_equal(before, ref.deref().numpy()) for ref, before in learned.items()]
    assert all(changed)
