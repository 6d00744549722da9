"""Conversion of database rows to tf.Examples. Only NULL is missing, not 0, 0.0, "" or False."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from schema.errors import DataError
from schema.example_columns import EXAMPLE_COLUMNS
from schema.feature import Column, ValueType, columns

__all__ = ["row_converter"]

_COLUMNS = {column.name: column for column in columns(EXAMPLE_COLUMNS)}


def row_converter(names: Sequence[str]) -> Callable[[Sequence[Any]], bytes]:
    """A function from one row, its values in the order of `names`, to a serialized tf.Example.

    A missing value and an empty list become an entry without values, which parses as missing.

    Raises:
        DataError: for a name that is not in the tables of features and columns; from the returned
            function, for NULL in a needed column.
    """
    unknown = [name for name in names if name not in _COLUMNS]
    if unknown:
        raise DataError("columns of the table of features", ", ".join(unknown), "fix the query")
    wanted = [_COLUMNS[name] for name in names]

    def convert(row: Sequence[Any]) -> bytes:
        example = tf.train.Example()
        features = example.features.feature
        for column, value in zip(wanted, row, strict=True):
            _put(features[column.name], column, value)
        return bytes(example.SerializeToString(deterministic=True))

    return convert


def _put(feature: Any, column: Column, value: Any) -> None:
    if value is None:
        if column.needed:
            raise DataError(f"a value for {column.name}", "NULL", "fix or remove the row")
        values: Sequence[Any] = ()
    else:
        values = value if column.is_list else (value,)
    if column.type is ValueType.FLOAT:
        feature.float_list.value.extend(map(float, values))
    else:
        feature.bytes_list.value.extend(text.encode() for text in values)
