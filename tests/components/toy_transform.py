"""A Transform graph fitted on a handful of rows, in this process."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import numpy.typing as npt

from schema.feature import Feature
from schema.tfmd import schema_of

__all__ = ["USERS", "VIDEOS", "Columns", "Outputs", "fit"]

Columns = dict[str, list[Any]]
"""By a column's name its value in each row: None or an empty list where there is none."""
Outputs = dict[str, npt.NDArray[Any]]

# One column a line, one video an entry; the last video is newer than train, and so has what no
# other has.
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
    "age_days": [1.0, None, 0.0, 5.0, 9.0, 0.0],
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


def fit(folder: Path, table: tuple[Feature, ...], data: Columns, function: str) -> Any:
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
