"""The Transform graph, fitted on a handful of rows, against scikit-learn and NumPy."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from schema.features import USER, VIDEO, Feature
from schema.tfmd import schema_of

pytestmark = pytest.mark.tfx

Columns = dict[str, list[Any]]
Outputs = dict[str, npt.NDArray[Any]]
Floats = npt.NDArray[np.float64]

# One column a line, one video an entry; the last video is newer than train, and so has what no
# other has. Tokens are by hand.
TOKENS = [
    ["red", "car", "red"], ["夜の", "car"], ["夜の", "の物", "物語"], [], ["red"],
    ["car", "robot", "夜の", "robot"],
]  # fmt: skip
VIDEOS: Columns = {
    "video_id": ["v0", "v1", "v2", "v3", "v4", "v5"],
    "text": ["red car red", "夜の car", "夜の物語", "", "red", "car robot 夜の robot"],
    "genre": ["drama", "drama", None, "", "喜劇", "western"],
    "maker": [None, None, None, None, None, "Apex"],
    "tags": [["a", "b"], ["a"], [], ["a", "b"], ["a", "c", "c"], ["b", "z", "a"]],
    "performers": [[], [], [], [], [], ["x"]],
    "price": [100.0, 0.0, -5.0, 20.0, 5_000_000.0, 999.0],
    "duration_seconds": [None, None, None, float("nan"), None, 600.0],
    "performer_count": [7.0, 7.0, 7.0, 7.0, 7.0, 8.0],
    "tag_count": [2.0, 1.0, 0.0, 2.0, 5_000.0, 3.0],
    "known_in_train": [1.0, 1.0, 1.0, 1.0, 1.0, 0.0],
}
USERS: Columns = {
    "user_id": ["u0", "u1", "u2", "u3"],
    "total_likes": [0.0, 3.0, 7.0, 1.0],
    "nope_share": [None, 0.5, 0.25, 1.0],
    "avg_price": [None, None, None, None],
    "days_active": [None, 10.0, 20.0, 0.0],
    "likes_per_day": [0.0, 0.3, 0.35, 1.0],
    "recency_score": [None, 1.0, 0.5, 0.25],
    "liked_genres": [[], ["drama", "喜劇"], ["drama"], []],
    "liked_genres_counts": [[], [1.0, 2.0], [7.0], []],
    "liked_videos": [[], ["v1", "v0", "v1"], ["v2"], []],
    "noped_videos": [[], [], ["v0"], ["v1", "v2"]],
}


def _fit(folder: Path, table: tuple[Feature, ...], data: Columns, function: str) -> Any:
    """The graph, and what it makes of the rows that it was fitted on."""
    import apache_beam as beam
    import tensorflow as tf
    import tensorflow_transform as tft
    from tensorflow_transform import beam as tft_beam
    from tensorflow_transform.tf_metadata.dataset_metadata import DatasetMetadata

    from components import transform
    from components.example_gen.convert import row_converter

    columns = list(data.values())
    lists = [[v if isinstance(v, list) else [] if v is None else [v] for v in c] for c in columns]
    needed = {f.name for f in table if f.needed}
    rows = [
        {name: v[0] if name in needed else v for name, v in zip(data, row, strict=True)}
        for row in zip(*lists, strict=True)
    ]
    with tft_beam.Context(str(folder / "tmp")), beam.Pipeline("FnApiRunner") as pipeline:
        metadata = DatasetMetadata(schema_of(table))
        pairs = (pipeline | beam.Create(rows, reshuffle=False), metadata)
        fitted = pairs | tft_beam.AnalyzeDataset(getattr(transform, function))
        _ = fitted | tft_beam.WriteTransformFn(str(folder / "graph"))
        _ = metadata | tft_beam.WriteMetadata(str(folder / "graph" / "metadata"), pipeline)
    graph = tft.TFTransformOutput(str(folder / "graph"))
    examples = [row_converter(list(data))(row) for row in zip(*columns, strict=True)]
    raw = tf.io.parse_example(examples, graph.raw_feature_spec())
    outputs = {
        name: tf.sparse.to_dense(v, "" if v.dtype == tf.string else -1).numpy()
        if isinstance(v, tf.SparseTensor)
        else v.numpy()
        for name, v in graph.transform_raw_features(raw).items()
    }
    gc.freeze()  # the interpreter's last collection crashes on what a Beam run of TFT leaves
    return graph, outputs


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Outputs]:
    return _fit(tmp_path_factory.mktemp("v"), VIDEO, VIDEOS, "catalogue_preprocessing_fn")  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Outputs]:
    return _fit(tmp_path_factory.mktemp("u"), USER, USERS, "user_preprocessing_fn")  # type: ignore[no-any-return]


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


def test_categories_are_indexed_by_the_known_videos_and_others_get_the_last_bucket(
    catalogue: tuple[Any, Outputs],
) -> None:
    """More frequent ones come first; NULL, "" and what only a new video has are unknown."""
    graph, out = catalogue
    assert _words(graph, "genre") == ["drama", "喜劇"]
    assert out["genre"].tolist() == [0, 0, 2, 2, 1, 2]
    assert sorted(_words(graph, "video_id")) == ["v0", "v1", "v2", "v3", "v4"]
    assert sorted(out["video_id"].tolist()) == [0, 1, 2, 3, 4, 5]
    assert out["video_id"][5] == 5
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
    assert out.keys() == USERS.keys() - {"user_id", "liked_videos", "noped_videos"}
