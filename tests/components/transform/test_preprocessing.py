"""The Transform graph, fitted on a handful of rows, against scikit-learn and NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from tests.components.toy_transform import USERS, Outputs

pytestmark = pytest.mark.tfx

Floats = npt.NDArray[np.float64]

# Of the videos of tests/components/toy_transform.py, by hand.
TOKENS = [
    ["red", "car", "red"], ["夜の", "car"], ["夜の", "の物", "物語"], [], ["red"],
    ["car", "robot", "夜の", "robot"],
]  # fmt: skip


def _words(graph: Any, name: str) -> list[str]:
    """In the order of their indices; some vocabularies put a count before each."""
    return [line.decode().split(" ")[-1] for line in graph.vocabulary_by_name(name)]


def _z(values: Floats, fit: Floats) -> Floats:
    z: Floats = (values - np.mean(fit)) / np.std(fit)
    return z


def test_tf_idf_is_scikit_learn_s_fitted_on_the_known_videos(
    catalogue: tuple[Any, Outputs],
) -> None:
    graph, out = catalogue
    oracle = TfidfVectorizer(analyzer=list, norm="l2", smooth_idf=True).fit(TOKENS[:5])
    words = _words(graph, "text")
    assert sorted(words) == sorted(oracle.vocabulary_)
    expected = oracle.transform(TOKENS).toarray()[:, [oracle.vocabulary_[w] for w in words]]
    assert out["text"].shape == (6, 1000)
    np.testing.assert_allclose(out["text"][:, : len(words)], expected, atol=1e-6)
    assert not out["text"][:, len(words) :].any()


def test_a_number_is_clipped_logged_and_scaled_by_the_known_and_sound_ones(
    catalogue: tuple[Any, Outputs],
) -> None:
    """An impossible price is missing, and missing is 0; a count of ours is clipped."""
    _, out = catalogue
    logs = np.log1p([100, 20, 999])
    first, fourth, new = _z(logs, logs[:2])
    expected = np.array([first, 0, 0, fourth, 0, new])
    np.testing.assert_allclose(out["price"], expected, atol=1e-5)
    tag_counts = np.log1p([2, 1, 0, 2, 1_000, 3])
    np.testing.assert_allclose(out["tag_count"], _z(tag_counts, tag_counts[:5]), atol=1e-5)


def test_a_column_without_a_value_or_without_variance_is_zero(
    catalogue: tuple[Any, Outputs],
) -> None:
    """Even for a new video that has one, and for NaN."""
    _, out = catalogue
    assert out["duration_seconds"].tolist() == [0.0] * 6
    assert out["performer_count"].tolist() == [0.0] * 6
    assert all(np.isfinite(v).all() for v in out.values() if v.dtype.kind == "f")


def test_a_variance_that_is_rounding_alone_is_none() -> None:
    """1,280 times 0.97716 in float32 has one of some 1e-9, by which z was -0.29 or 0.66."""
    import tensorflow as tf

    from components.transform.preprocessing import without_rounding

    mean = tf.constant([0.97716, 0.97716, 0.0, -2000.0, float("nan")])
    variance = tf.constant([9e-10, 1e-5, 1e-9, 100.0, float("nan")])
    found = without_rounding(mean, variance).numpy().tolist()
    assert found == pytest.approx([0, 1e-5, 1e-9, 100, 0])


def test_categories_are_indexed_by_the_known_videos_and_others_get_the_last_bucket(
    catalogue: tuple[Any, Outputs],
) -> None:
    """More frequent ones come first; NULL, "" and what only a new video has are unknown."""
    graph, out = catalogue
    assert _words(graph, "genre") == ["drama", "喜劇"]
    assert out["genre"].tolist() == [0, 0, 2, 2, 1, 2]
    size = graph.vocabulary_size_by_name("maker")
    assert out["maker"].tolist() == [size] * 6
    a, b, c = (_words(graph, "tags").index(word) for word in "abc")
    assert sorted(_words(graph, "tags")) == ["a", "b", "c"]
    assert out["tags"].tolist() == [
        [a, b, -1], [a, -1, -1], [-1, -1, -1], [a, b, -1], [a, c, c], [b, 3, a],
    ]  # fmt: skip


def test_a_user_s_numbers_keys_and_counts(users: tuple[Any, Outputs]) -> None:
    """Without a mask every row counts; keys keep the order of their counts; ids pass by."""
    graph, out = users
    shares = np.array([0.5, 0.25, 1])
    np.testing.assert_allclose(out["nope_share"], [0, *_z(shares, shares)], atol=1e-5)
    likes = np.log1p([0, 3, 7, 1])
    np.testing.assert_allclose(out["total_likes"], _z(likes, likes), atol=1e-5)
    assert out["avg_price"].tolist() == [0.0] * 4
    drama, comedy = (_words(graph, "liked_genres").index(w) for w in ("drama", "喜劇"))
    keys = [[-1, -1], [drama, comedy], [drama, -1], [-1, -1]]
    assert out["liked_genres"].tolist() == keys
    assert out["liked_genres_counts"].tolist() == [[-1, -1], [1, 2], [7, -1], [-1, -1]]
    fitted = {"fitted_means", "fitted_variances"}
    assert out.keys() - fitted == USERS.keys() - {"user_id", "liked_videos", "noped_videos"}
    np.testing.assert_allclose(out["fitted_means"][:, 0], [likes.mean()] * 4, atol=1e-6)
    np.testing.assert_allclose(out["fitted_variances"][:, 0], [likes.var()] * 4, atol=1e-6)
