"""The TensorFlow Metadata schemas of the Examples, generated from the table of features.

`make schema` writes them to schema/*.pbtxt; a test compares the files with the table.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from schema.example_columns import LABEL, PAIR, SLICES
from schema.feature import Column, Feature, ValueType
from schema.features import USER, VIDEO

__all__ = ["EXAMPLES", "schema_of", "schema_path", "write_schemas"]

EXAMPLES = {
    "catalogue": VIDEO,
    "decisions": (*USER, *PAIR),
    "pairs": (LABEL, *SLICES),
}
"""Table rows in the schema of each Examples artifact. That of the Evaluator's pairs has only the
columns that TFMA reads itself: TFMA would decode the model's inputs a second time."""

_TYPES = {ValueType.STRING: schema_pb2.BYTES, ValueType.FLOAT: schema_pb2.FLOAT}


def schema_of(rows: tuple[Feature, ...]) -> schema_pb2.Schema:
    """The schema: one value in every row for a needed column; others may be missing or lists."""
    schema = schema_pb2.Schema()
    for row in rows:
        for column in row.columns:
            _add(schema, row, column)
        _compare(schema.feature[-len(row.columns)], row)
    return schema


def _compare(feature: schema_pb2.Feature, row: Feature) -> None:
    """Set thresholds: L-infinity on shares of categories, Jensen-Shannon on histograms."""
    for threshold, comparator in (
        (row.drift, feature.drift_comparator),
        (row.skew, feature.skew_comparator),
    ):
        if threshold is not None and feature.type == schema_pb2.BYTES:
            comparator.infinity_norm.threshold = threshold
        elif threshold is not None:
            comparator.jensen_shannon_divergence.threshold = threshold


def _add(schema: schema_pb2.Schema, row: Feature, column: Column) -> None:
    feature = schema.feature.add(name=column.name, type=_TYPES[column.type])
    if column.needed:
        feature.presence.min_fraction = 1.0
        feature.presence.min_count = 1
        feature.shape.SetInParent()
    elif not column.is_list:
        feature.value_count.max = 1
    if row.low is not None and row.high is not None:
        # TFDV reports min 0 for an empty column.
        feature.float_domain.min, feature.float_domain.max = min(row.low, 0.0), row.high


def schema_path(name: str) -> Path:
    """The committed file of one of EXAMPLES."""
    return Path(str(resources.files("schema").joinpath(f"{name}.pbtxt")))


def write_schemas() -> None:
    """Rewrites every schema/*.pbtxt."""
    for name, rows in EXAMPLES.items():
        schema_path(name).write_text(text_format.MessageToString(schema_of(rows)))


if __name__ == "__main__":
    write_schemas()
