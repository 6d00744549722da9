"""The raw form of a row: what is missing stays missing on the way to the graph."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from schema.feature import Column, ValueType

pytestmark = pytest.mark.tfx

NAME = Column("name", ValueType.STRING, is_list=False, sql="", needed=True)
GENRE = Column("genre", ValueType.STRING, is_list=False, sql="")
PRICE = Column("price", ValueType.FLOAT, is_list=False, sql="")
TAGS = Column("tags", ValueType.STRING, is_list=True, sql="")
COUNTS = Column("counts", ValueType.FLOAT, is_list=True, sql="")
COLUMNS = (NAME, GENRE, PRICE, TAGS, COUNTS)
ROWS: list[dict[str, list[Any]]] = [
    {"name": ["a"], "genre": ["drama"], "price": [0.0], "tags": ["x", "夜"], "counts": [0.0, 2.0]},
    {"name": ["b"], "genre": [], "price": [], "tags": [], "counts": []},
    {"name": ["c"], "genre": ["喜劇"], "price": [9.5], "tags": ["x"], "counts": [1.0]},
]


def _serialized(rows: list[dict[str, list[Any]]]) -> list[bytes]:
    import tensorflow as tf

    def feature(values: list[Any]) -> Any:
        if values and isinstance(values[0], float):
            return tf.train.Feature(float_list=tf.train.FloatList(value=values))
        texts = [value.encode() for value in values]
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=texts)) if texts else None

    return [
        tf.train.Example(
            features=tf.train.Features(
                feature={name: feature(values) for name, values in row.items() if values}
            )
        ).SerializeToString()
        for row in rows
    ]


def _parsed(rows: list[dict[str, list[Any]]]) -> dict[str, Any]:
    from components.transform.raw import parse_raw

    return parse_raw(_serialized(rows), COLUMNS)


def test_a_missing_number_is_minus_one_a_missing_string_is_empty_and_lists_are_padded() -> None:
    raw = {name: value.numpy().tolist() for name, value in _parsed(ROWS).items()}
    night = "夜".encode()
    assert raw == {
        "name": [b"a", b"b", b"c"],
        "genre": [b"drama", b"", "喜劇".encode()],
        "price": [0.0, -1.0, 9.5],
        "tags": [[b"x", night], [b"", b""], [b"x", b""]],
        "counts": [[0.0, 2.0], [-1.0, -1.0], [1.0, -1.0]],
    }


def test_a_batch_without_a_single_value_keeps_its_rows() -> None:
    raw = _parsed([{"name": ["a"]}, {"name": ["b"]}])
    assert raw["price"].numpy().tolist() == [-1.0, -1.0]
    assert raw["genre"].numpy().tolist() == [b"", b""]
    assert raw["tags"].shape == (2, 0)


@pytest.mark.parametrize("padding", [0, 3])
def test_the_graph_gets_what_the_example_held_however_wide_the_padding(padding: int) -> None:
    """Against tf.io.parse_example with sparse columns, as the graph was fitted."""
    import tensorflow as tf

    from components.transform.raw import to_graph_inputs

    raw = _parsed(ROWS)
    for name, absent in (("tags", ""), ("counts", -1.0)):
        raw[name] = tf.pad(raw[name], [[0, 0], [0, padding]], constant_values=absent)
    inputs = to_graph_inputs(raw, COLUMNS)
    types = {ValueType.STRING: tf.string, ValueType.FLOAT: tf.float32}
    specs = {c.name: tf.io.VarLenFeature(types[c.type]) for c in COLUMNS}
    expected = tf.io.parse_example(_serialized(ROWS), specs)
    assert inputs["name"].numpy().tolist() == [b"a", b"b", b"c"]
    for name in ("genre", "price", "tags", "counts"):
        assert np.array_equal(inputs[name].indices, expected[name].indices)
        assert np.array_equal(inputs[name].values, expected[name].values)
        assert inputs[name].dense_shape[0] == 3


def test_a_signature_s_inputs_are_named_lists_and_scalars() -> None:
    import tensorflow as tf

    from components.transform.raw import signature_of

    specs = signature_of(COLUMNS)
    assert [(s.name, s.dtype, s.shape.rank) for s in specs.values()] == [
        ("name", tf.string, 1), ("genre", tf.string, 1), ("price", tf.float32, 1),
        ("tags", tf.string, 2), ("counts", tf.float32, 2),
    ]  # fmt: skip
    assert specs.keys() == {"name", "genre", "price", "tags", "counts"}
