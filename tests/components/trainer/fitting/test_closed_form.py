"""The closed form, compared with NumPy and scikit-learn, and in a world of two tastes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import sparse
from sklearn.linear_model import RidgeCV

pytestmark = pytest.mark.tfx

RNG = np.random.default_rng(0)
USERS, VIDEOS, WIDTH = 40, 12, 6


def _catalogue(known: int = VIDEOS) -> Any:
    from components.trainer.inputs.catalogue import Catalogue

    ids = np.array([f"v{v}".encode() for v in range(VIDEOS)], object)
    dense = RNG.random((VIDEOS, WIDTH + 1)).astype(np.float32)
    return Catalogue(ids, dense, known)


def _moments(histories: npt.ArrayLike, candidates: npt.ArrayLike, labels: npt.ArrayLike) -> Any:
    """One row a user."""
    import tensorflow as tf

    from components.trainer.inputs.moments import Moments

    asked, liked = np.array(candidates), np.array(labels) > 0
    users, counts = len(asked), liked.sum(axis=1)
    rows = {
        "dense": tf.zeros([users, 2]),
        "histories": tf.constant(histories, tf.int32),
        "pair_videos": tf.constant(candidates, tf.int32),
        "labels": tf.constant(labels, tf.float32),
        "sampling_probabilities": tf.fill([users, asked.shape[1]], 0.1),
        "ages": tf.zeros([users, asked.shape[1]]),
    }
    each = (range(users), [1] * users, asked[liked], np.cumsum(counts) - counts, counts)
    return Moments(rows, *(tf.constant(part, tf.int32) for part in each))


def _two_tastes(users: int = USERS, *, shuffled: bool = False) -> Any:
    """Even users like even videos and nope odd ones; each is asked about two of them.

    Shuffled, a user likes one half of the videos at random.
    """
    history, asked, labels = [], [], []
    for user in range(users):
        videos = RNG.permutation(VIDEOS) if shuffled else np.arange(VIDEOS)
        own = RNG.permutation(videos[user % 2 :: 2])
        other = RNG.permutation(videos[1 - user % 2 :: 2])
        history.append([own[:3], other[:3]])
        asked.append([own[3], other[3]])
        labels.append([1.0, 0.0])
    return _moments(history, asked, labels)


def _model(**settings: Any) -> Any:
    import tensorflow as tf

    from components.trainer.fit import build
    from components.trainer.settings import TrainSettings

    tf.keras.utils.set_random_seed(1)
    usual = {"item_dimension": 8, "hidden": (16, 8), "epoch_least": 64, "batch_size": 32}
    return build(TrainSettings(**{**usual, **settings}), _catalogue(), _two_tastes())


def _told_apart(model: Any, moments: Any) -> float:
    """Share of users whose liked video of the two scores higher."""
    from components.trainer.inputs.encoder import Encoded

    rows = moments.rows
    people = model.embed_users(Encoded(rows["dense"], rows["histories"])).numpy()
    scores = people @ model.embed_catalogue().numpy().T
    asked = np.take_along_axis(scores, rows["pair_videos"].numpy(), axis=1)
    return float((asked[:, 0] > asked[:, 1]).mean())


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


def test_the_map_from_content_is_ridge_regression_with_the_penalty_of_least_left_out_error() -> (
    None
):
    from components.trainer.fitting.closed_form import PENALTIES, ContentMap

    content = sparse.random(60, 8, 0.5, random_state=1, format="csr")
    targets = np.asarray(content @ RNG.normal(size=(8, 3)) + RNG.normal(0, 2, (60, 3)), np.float32)
    expected = RidgeCV(alphas=PENALTIES, fit_intercept=False).fit(content.toarray(), targets)
    assert PENALTIES[0] < expected.alpha_ < PENALTIES[-1]
    np.testing.assert_allclose(ContentMap(content).fit(targets), expected.coef_.T, atol=1e-5)


@pytest.mark.parametrize("rows_at_a_time", [1, 100])
def test_likes_and_nopes_come_from_histories_and_from_what_was_liked_last(
    monkeypatch: pytest.MonkeyPatch, rows_at_a_time: int
) -> None:
    """A video that was liked once is no nope; -1 is nothing; 4 is newer than the model."""
    from components.trainer.fitting import closed_form
    from components.trainer.fitting.closed_form import likes_and_nopes

    monkeypatch.setattr(closed_form, "MOMENTS_PER_BLOCK", rows_at_a_time)
    moments = _moments([[[0, -1], [1, 2]], [[2, 4], [2, -1]]], [[3, 1], [0, -1]], [[1, 0], [0, 0]])
    likes, nopes = likes_and_nopes(moments, 4)
    assert likes.toarray().tolist() == [[1, 0, 0, 1], [0, 0, 1, 0]]
    assert nopes.toarray().tolist() == [[0, 1, 1, 0], [0, 0, 0, 0]]


def test_first_likes_are_each_user_s_oldest() -> None:
    import tensorflow as tf

    from components.trainer.fitting.closed_form import FIRST, first_likes

    count = FIRST + 5
    moments = _two_tastes()._replace(
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

    worth = {
        ClosedFormParams(): 1.0,
        ClosedFormParams(nope=-0.9): 2.0,
        ClosedFormParams(nope=-0.9, recency=0.0): 1.5,
        ClosedFormParams(nope=-0.9, shrinkage=200.0): 3.0,
    }
    assert choose(Closed(), lambda start: worth[start]) == ClosedFormParams(
        nope=-0.9, shrinkage=200.0
    )  # type: ignore[arg-type, index]


@pytest.mark.parametrize("nope", [0.3, -0.9])
def test_two_tastes_are_found_without_a_gradient(nope: float) -> None:
    from components.trainer.fitting.closed_form import ClosedForm, ClosedFormParams

    moments, model = _two_tastes(), _model()
    assert _taste_found(model, moments) < 1.0
    model.initialize(
        ClosedForm(moments, model.catalogue, 8).initial_values(ClosedFormParams(nope=nope))
    )
    assert _taste_found(model, moments) == 1.0


def test_a_user_without_a_history_has_a_direction_by_every_choice() -> None:
    """And its vector length 1: of no direction the towers would make zeros, which are refused."""
    from components.trainer.fitting.closed_form import OTHERS, ClosedForm, ClosedFormParams
    from components.trainer.inputs.encoder import Encoded

    moments, model = _two_tastes(), _model()
    closed = ClosedForm(moments, model.catalogue, 8)
    for choice in (
        ClosedFormParams(),
        *(ClosedFormParams()._replace(**{name: OTHERS[name]}) for name in OTHERS),
    ):
        model.initialize(closed.initial_values(choice))
        nobody = Encoded(np.zeros((1, 2), np.float32), np.full((1, 2, 3), -1, np.int32))
        assert np.linalg.norm(model.embed_users(nobody)) == pytest.approx(1, abs=1e-5), choice


def test_a_video_nobody_has_decided_on_keeps_the_place_that_its_content_gives_it() -> None:
    from components.trainer.fitting.closed_form import ClosedForm, ClosedFormParams

    moments = _moments([[[0, 1], [2, 3]]] * 3, [[4, 5]] * 3, [[1, 0]] * 3)
    initial = ClosedForm(moments, _catalogue(), 4).initial_values(ClosedFormParams(shrinkage=5.0))
    assert not initial.id_residual[6:].any()
    assert initial.id_weight[[0, 2, 6]] == pytest.approx([3 / 8, 3 / 8, 0])


def test_shuffled_labels_give_the_coin_and_real_ones_do_not(tmp_path: Path) -> None:
    """The whole fit, judged on users whom it has not seen: 0.5 within four standard errors."""
    from components.trainer.fit import refit, train_model

    users, found = 400, {}
    for shuffled in (True, False):
        model = _model(epochs=4)
        train, valid, other = (_two_tastes(users, shuffled=shuffled) for _ in range(3))
        refit(model, train_model(model, train, valid, None, str(tmp_path)), train)
        found[shuffled] = _told_apart(model, other)
    assert found[True] == pytest.approx(0.5, abs=4 * 0.5 / users**0.5)
    assert found[False] == 1.0


def test_candidates_that_are_drawn_fit_as_well(tmp_path: Path) -> None:
    """Only a batch itself determines its number of candidates."""
    from components.trainer.fit import train_model

    model, moments = _model(epochs=1, softmax_videos=VIDEOS - 4), _two_tastes()
    fitted = train_model(model, moments, moments, None, str(tmp_path))
    assert np.isfinite(fitted.history["loss"]).all()


def _stopped(model: Any, figures: list[float], rows: Any = None) -> tuple[int, int]:
    """The best epoch and the epochs run, from 0.9; after epoch i all item embeddings are i + 1."""
    import tensorflow as tf

    from components.trainer.fitting.validation import MONITOR, GateEarlyStopping

    stopping = GateEarlyStopping({MONITOR: 0.9}, 2, rows)
    stopping.set_model(model)
    stopping.on_train_begin()
    for epoch, figure in enumerate(figures):
        model.item_embedding.id_residual.assign(
            tf.fill(model.item_embedding.id_residual.shape, epoch + 1.0)
        )
        stopping.on_epoch_end(epoch, {MONITOR: figure})
        if model.stop_training:
            break
    stopping.on_train_end()
    return stopping.best_epoch, epoch + 1


def test_a_fit_that_never_overtakes_its_beginning_ends_there() -> None:
    model = _model()
    began = model.item_embedding.id_residual.numpy()
    assert _stopped(model, [0.7, 0.9, 0.8, 0.8, 0.95]) == (-1, 4)  # no epoch is to be repeated
    assert np.array_equal(model.item_embedding.id_residual.numpy(), began)


def test_a_fit_may_fall_behind_its_beginning_and_overtake_it_later() -> None:
    model = _model()
    assert _stopped(model, [0.5, 0.6, 0.7, 0.8, 0.95, 0.9, 0.9, 0.99]) == (4, 7)
    assert np.unique(model.item_embedding.id_residual.numpy()).tolist() == [5.0]


@pytest.mark.parametrize(("gain", "best"), [(0.5, 1), (-0.1, -1)])
def test_the_best_epoch_must_rank_surely_better_than_the_beginning(
    monkeypatch: pytest.MonkeyPatch, gain: float, best: int
) -> None:
    from components.trainer.fitting import validation

    model = _model()
    began = model.item_embedding.id_residual.numpy()
    noise = np.random.default_rng(0).normal(0, 0.2, 20)

    def ranked(asked: Any, _: Any) -> Any:
        return (
            noise * 0
            if np.array_equal(asked.item_embedding.id_residual.numpy(), began)
            else noise + gain
        )

    monkeypatch.setattr(validation, "_ndcg", ranked)
    assert _stopped(model, [0.8, 0.95, 0.8, 0.8], rows="users") == (best, 4)


def test_surely_better_is_student_s_interval_above_zero() -> None:
    """Mean 0.1; standard deviation 0.1 and 0.4 of 9: 0.1 -+ 2.306 * 0.1 / 3, -+ 2.306 * 0.4 / 3."""
    from components.trainer.fitting.validation import significantly_better

    ones = np.array([1, -1, 1, -1, 1, -1, 1, -1, 0]) * (9 / 8 * 8 / 9) ** 0.5
    assert ones.std(ddof=1) == pytest.approx(1)
    assert significantly_better(0.1 + 0.1 * ones)
    assert not significantly_better(0.1 + 0.4 * ones)
    assert not significantly_better(-0.1 + 0.1 * ones)
    assert not significantly_better(np.zeros(5))


@pytest.mark.parametrize("weight_decay", [0.0, 1e-4])
def test_the_refit_begins_anew_with_what_was_chosen_and_takes_as_many_epochs(
    tmp_path: Path, weight_decay: float
) -> None:
    from components.trainer.fit import refit, train_model
    from components.trainer.fitting.closed_form import ClosedForm

    model, moments = _model(epochs=3, weight_decay=weight_decay), _two_tastes()
    fitted = train_model(model, moments, moments, None, str(tmp_path))
    refit(model, fitted._replace(epochs=0), moments)
    initial = ClosedForm(moments, model.catalogue, 8).initial_values(fitted.initialization.params)
    np.testing.assert_allclose(
        model.item_embedding.projection.numpy(), initial.projection, atol=1e-6
    )
    refit(model, fitted._replace(epochs=2, history={**fitted.history, "lr": [1e-3, 5e-4]}), moments)
    assert float(model.optimizer.learning_rate) == pytest.approx(5e-4)
    assert int(model.optimizer.iterations) == 2 * 10  # 8 moments of 40 users, 32 at a time, twice
