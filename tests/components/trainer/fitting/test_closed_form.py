"""The closed form, compared with NumPy and scikit-learn, and in a world of two tastes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import RidgeCV

from tests.components.trainer.two_tastes import (
    USERS,
    build_model,
    moments_of,
    some_catalogue,
    two_tastes,
)

pytestmark = pytest.mark.tfx

RNG = np.random.default_rng(0)


def _taste_found(model: Any, moments: Any) -> float:
    """Share of users whose best video not yet in their history is of their taste."""
    from components.trainer.inputs.encoder import Encoded

    rows = moments.rows
    scores = model.embed_users(Encoded(rows["dense"], rows["histories"])).numpy()
    scores = scores @ model.embed_catalogue().numpy().T
    seen = rows["histories"].numpy()
    np.put_along_axis(scores, seen.reshape(len(seen), -1), -9, axis=1)
    return float((scores.argmax(axis=1) % 2 == np.arange(USERS) % 2).mean())


def test_products_of_item_vectors_are_the_weights_of_ridge_regression() -> None:
    """All directions kept: E E' = G (G + penalty)^-1, the penalty the least singular value's."""
    from components.trainer.fitting.closed_form import item_vectors

    signed = (RNG.random((30, 9)) < 0.4).astype(np.float32)
    gram = signed.T @ signed
    penalty = np.linalg.eigvalsh(gram)[0]
    vectors = item_vectors(sparse.csr_matrix(signed), 12)
    assert vectors.shape == (9, 12)
    expected = gram @ np.linalg.inv(gram + penalty * np.eye(9))
    np.testing.assert_allclose(vectors @ vectors.T, expected, atol=1e-4)


def test_directions_after_the_sixteenth_count_less_than_half() -> None:
    from components.trainer.fitting.closed_form import item_vectors

    signed = (RNG.random((80, 40)) < 0.3).astype(np.float32)
    lengths = (item_vectors(sparse.csr_matrix(signed), 40) ** 2).sum(axis=0)
    assert lengths[15] > 0.5
    assert lengths[16] == pytest.approx(0.5, abs=1e-3)
    assert lengths[17] < 0.5


@pytest.mark.parametrize(("size", "penalty"), [(1.0, 10**0.5), (6.0, 10**2), (12.0, 10**2.5)])
def test_the_map_from_content_is_ridge_regression_with_the_penalty_of_least_left_out_error(
    size: float, penalty: float
) -> None:
    """The penalty that scikit-learn chooses for content of this size."""
    from components.trainer.fitting.closed_form import ContentMap

    rng = np.random.default_rng(0)
    content = size * sparse.random(60, 8, 0.5, random_state=1, format="csr")
    signal = content @ rng.normal(size=(8, 3)) / size
    targets = np.asarray(signal + rng.normal(0, 2, (60, 3)), np.float32)
    alphas = 10.0 ** np.arange(-1, 3.5, 0.5)
    expected = RidgeCV(alphas=alphas, fit_intercept=False).fit(content.toarray(), targets)
    assert expected.alpha_ == pytest.approx(penalty)
    np.testing.assert_allclose(ContentMap(content).fit(targets), expected.coef_.T, atol=1e-5)


@pytest.mark.parametrize("rows_at_a_time", [1, 100])
def test_likes_and_nopes_come_from_histories_and_from_what_was_liked_last(
    monkeypatch: pytest.MonkeyPatch, rows_at_a_time: int
) -> None:
    """A video that was liked once is no nope; -1 is nothing; 4 is newer than the model."""
    from components.trainer.fitting import closed_form
    from components.trainer.fitting.closed_form import likes_and_nopes

    monkeypatch.setattr(closed_form, "MOMENTS_PER_BLOCK", rows_at_a_time)
    moments = moments_of(
        [[[0, -1], [1, 2]], [[2, 4], [2, -1]]], [[3, 1], [0, -1]], [[1, 0], [0, 0]]
    )
    likes, nopes = likes_and_nopes(moments, 4)
    assert likes.toarray().tolist() == [[1, 0, 0, 1], [0, 0, 1, 0]]
    assert nopes.toarray().tolist() == [[0, 1, 1, 0], [0, 0, 0, 0]]


def test_first_likes_are_each_user_s_oldest() -> None:
    import tensorflow as tf

    from components.trainer.fitting.closed_form import FIRST, first_likes

    count = FIRST + 5
    moments = two_tastes()._replace(
        first_row=tf.constant([0, 1]),
        likes=tf.constant([*range(count), 3, 4], tf.int32),
        first_like=tf.constant([0, count]),
        likes_left=tf.constant([count, 2]),
    )
    assert first_likes(moments, 10_000).tolist() == [*range(FIRST), 3, 4]
    assert first_likes(moments, 4).tolist() == [0, 1, 2, 3, 3]


def test_a_choice_is_changed_in_one_place_at_a_time_and_kept_where_it_is_better() -> None:
    from components.trainer.fitting.closed_form import ClosedFormParams, choose

    class Closed:
        def initial_values(self, choice: ClosedFormParams) -> Any:
            return choice

    chosen = ClosedFormParams(nope=-0.9, shrinkage=200.0)
    worth = {
        ClosedFormParams(): 1.0,
        ClosedFormParams(nope=-0.9): 2.0,
        ClosedFormParams(nope=-0.9, recency=0.0): 1.5,
        chosen: 3.0,
        chosen._replace(exposure=0.0): 3.0,
    }
    assert choose(Closed(), lambda start: worth[start]) == chosen  # type: ignore[arg-type, index]


@pytest.mark.parametrize("gate", [0.0, 1.0])
@pytest.mark.parametrize(("nope", "least"), [(0.3, 0.9), (-0.9, 1.0)])
def test_two_tastes_are_found_without_a_gradient(nope: float, least: float, gate: float) -> None:
    """By what is liked together alone: here everybody decides on videos of both kinds."""
    from components.trainer.fitting.closed_form import ClosedForm, ClosedFormParams
    from components.trainer.fitting.gates import set_gates

    moments, model = two_tastes(), build_model()
    assert _taste_found(model, moments) < 0.8
    set_gates(model, gate)
    closed = ClosedForm(moments, model.catalogue, model.settings)
    model.initialize(closed.initial_values(ClosedFormParams(nope=nope, exposure=0.0)))
    assert _taste_found(model, moments) >= least


def test_a_user_without_a_history_has_a_direction_by_every_choice() -> None:
    """And its vector length 1: of no direction the towers would make zeros, which are refused."""
    from components.trainer.fitting.closed_form import OTHERS, ClosedForm, ClosedFormParams
    from components.trainer.fitting.gates import set_gates
    from components.trainer.inputs.encoder import Encoded

    moments, model = two_tastes(), build_model()
    set_gates(model, 0.0)
    closed = ClosedForm(moments, model.catalogue, model.settings)
    usual = ClosedFormParams()
    assert [name for name, _ in OTHERS] == list(usual._fields)
    for params in (usual, *(usual._replace(**{name: value}) for name, value in OTHERS)):
        model.initialize(closed.initial_values(params))
        nobody = Encoded(np.zeros((1, 2), np.float32), np.full((1, 2, 3), -1, np.int32))
        assert np.linalg.norm(model.embed_users(nobody)) == pytest.approx(1, abs=1e-5), params


def test_a_video_nobody_has_decided_on_keeps_the_place_that_its_content_gives_it() -> None:
    from components.trainer.fitting.closed_form import ClosedForm, ClosedFormParams
    from components.trainer.settings import TrainSettings

    settings = TrainSettings(item_dimension=4, exposure_dimension=3)
    moments = moments_of([[[0, 1], [2, 3]]] * 3, [[4, 5]] * 3, [[1, 0]] * 3)
    closed = ClosedForm(moments, some_catalogue(), settings)
    initial = closed.initial_values(ClosedFormParams(shrinkage=5.0))
    assert initial.id_residual.shape == (12, 4 + 3)
    assert not initial.id_residual[6:].any()
    assert initial.id_weight[[0, 2, 6]] == pytest.approx([3 / 8, 3 / 8, 0])


@pytest.mark.parametrize("swapped", [False, True])
def test_exposure_knows_what_is_decided_on_together_and_not_how(*, swapped: bool) -> None:
    """Half of the users decide on videos 0 to 3, half on 4 to 7: products within a half alone.

    Each part has a root mean square length of 10 over the decisions.
    """
    from components.trainer.fitting.closed_form import ClosedForm, ClosedFormParams
    from components.trainer.settings import TrainSettings

    own = [[0, 1], [2, 3]], [[4, 5], [6, 7]]
    histories = [half[::-1] if swapped else half for half in own for _ in range(10)]
    moments = moments_of(histories, [[-1]] * 20, [[0.0]] * 20)
    settings = TrainSettings(item_dimension=4, exposure_dimension=3)
    catalogue = some_catalogue()
    closed = ClosedForm(moments, catalogue, settings)
    initial = closed.initial_values(ClosedFormParams(nope=-0.5, recency=0.25, exposure=0.75))
    content = catalogue.known_matrix().toarray()
    vectors = (initial.id_residual + content @ initial.projection)[:8, 4:]
    together = np.kron(np.eye(2), np.ones((4, 4)))
    np.testing.assert_allclose(vectors @ vectors.T, 100 * together, atol=1e-2)
    likes = (initial.id_residual + content @ initial.projection)[:8, :4]
    assert (likes**2).sum() / 8 == pytest.approx(100, rel=1e-4)
    assert not initial.user_prior[4:].any()
    assert initial.shortcut_weights == pytest.approx([0.75, -0.375, 0.25, -0.125])
    assert initial.exposure_weight == 0.75
