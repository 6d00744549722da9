"""The statistics that the page shows: the run's splits, and the last run's beside them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

import tensorflow as tf
import tensorflow_data_validation as tfdv
from tensorflow_data_validation.statistics import stats_impl
from tensorflow_metadata.proto.v0.statistics_pb2 import DatasetFeatureStatisticsList
from tfx.components.statistics_gen import stats_artifact_utils
from tfx.types import artifact_utils
from tfx_bsl.coders.example_coder import ExamplesToRecordBatchDecoder

__all__ = ["eval_statistics", "side_by_side"]

MOST_ROWS = 100_000
"""Of the eval split, whose statistics no other node computes; ExampleGen has shuffled its rows."""


def side_by_side(
    own: Any, last: Any | None, *more: tuple[str, DatasetFeatureStatisticsList]
) -> DatasetFeatureStatisticsList:
    """One list of data sets, by name, out of two artifacts and what there is more."""
    named = [*_splits(own, ""), *more, *(_splits(last, "the last run: ") if last else ())]
    shown = DatasetFeatureStatisticsList()
    for name, statistics in named:
        for dataset in statistics.datasets:
            shown.datasets.add().CopyFrom(dataset)
            shown.datasets[-1].name = name
    return shown


def eval_statistics(files: Sequence[str], columns: Sequence[str]) -> DatasetFeatureStatisticsList:
    """Statistics of these columns of tf.Examples in compressed files, of 100,000 at most."""
    records = tf.data.TFRecordDataset(list(files), compression_type="GZIP").as_numpy_iterator()
    rows = list(islice(records, MOST_ROWS))
    batch = ExamplesToRecordBatchDecoder().DecodeBatch(rows)
    options = tfdv.StatsOptions(feature_allowlist=list(columns))
    return stats_impl.generate_statistics_in_memory(batch, options)


def _splits(artifact: Any, prefix: str) -> list[tuple[str, DatasetFeatureStatisticsList]]:
    names = artifact_utils.decode_split_names(artifact.split_names)
    return [
        (f"{prefix}{name}", stats_artifact_utils.load_statistics(artifact, name).proto())
        for name in names
    ]
