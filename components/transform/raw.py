"""The raw form of rows: the input of a signature, and the result of parsing tf.Examples.

A scalar is [batch]; a list is [batch, n], padded at its end. A missing number is MISSING, a
missing string is "". Training, embedding and REST calls all use the graph with this form.
"""

from __future__ import annotations

from collections.abc import Iterable

import tensorflow as tf

from schema.feature import Column, ValueType

__all__ = ["Raw", "parse_raw", "signature_of", "to_graph_inputs"]

Raw = dict[str, tf.Tensor]

_TYPES = {ValueType.STRING: tf.string, ValueType.FLOAT: tf.float32}


def parse_raw(serialized: tf.Tensor, columns: Iterable[Column]) -> Raw:
    """The raw form of these columns, from [batch] serialized tf.Examples."""
    wanted = list(columns)
    specs = {c.name: tf.io.VarLenFeature(_TYPES[c.type]) for c in wanted}
    parsed = tf.io.parse_example(serialized, specs)
    raw = {c.name: tf.sparse.to_dense(parsed[c.name], c.absent) for c in wanted}
    return {c.name: raw[c.name] if c.is_list else _first(raw[c.name], c) for c in wanted}


def _first(values: tf.Tensor, column: Column) -> tf.Tensor:
    """[batch, 0 or 1] to [batch]."""
    return tf.pad(values, [[0, 0], [0, 1]], constant_values=column.absent)[:, 0]


def signature_of(columns: Iterable[Column]) -> dict[str, tf.TensorSpec]:
    """Specs of the raw form as named inputs of a serving signature."""
    return {
        c.name: tf.TensorSpec([None, None] if c.is_list else [None], _TYPES[c.type], name=c.name)
        for c in columns
    }


def to_graph_inputs(raw: Raw, columns: Iterable[Column]) -> dict[str, tf.Tensor | tf.SparseTensor]:
    """The raw form as inputs of the Transform graph: needed columns dense, the others sparse."""
    return {c.name: _graph_input(raw[c.name], c) for c in columns}


def _graph_input(value: tf.Tensor, column: Column) -> tf.Tensor | tf.SparseTensor:
    if column.needed:
        return value
    table = value if column.is_list else value[:, tf.newaxis]
    there = tf.where(tf.not_equal(table, tf.cast(column.absent, table.dtype)))
    shape = tf.shape(table, out_type=tf.int64)
    return tf.SparseTensor(there, tf.gather_nd(table, there), shape)
