"""A database row to a tf.Example and back: only NULL is missing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.errors import DataError

pytestmark = pytest.mark.tfx

# By hand from schema/features.py: one needed and one free string, one of each list, and numbers.
NAMES = ("user_id", "genre", "price", "tags", "liked_genres_counts", "known_in_train")
NUMBERS = {"price", "liked_genres_counts", "known_in_train"}
FLOATS = st.floats(width=32, allow_nan=False)
ROWS = st.tuples(
    st.text(), st.none() | st.text(), st.none() | FLOATS,
    st.none() | st.lists(st.text()), st.none() | st.lists(FLOATS), FLOATS,
)  # fmt: skip


def _converted(names: tuple[str, ...], row: tuple[Any, ...]) -> dict[str, list[Any]]:
    """Values of the tf.Example, by name."""
    import tensorflow as tf

    from components.example_gen.convert import row_converter

    features = tf.train.Example.FromString(row_converter(names)(row)).features.feature
    assert all(features[name].WhichOneof("kind") for name in features)
    return {
        name: list(features[name].float_list.value)
        if name in NUMBERS
        else [value.decode() for value in features[name].bytes_list.value]
        for name in features
    }


@pytest.mark.parametrize("zero", [0, 0.0, Decimal(0), False])
def test_zero_and_false_survive(zero: Any) -> None:
    assert _converted(("price",), (zero,)) == {"price": [0.0]}


def test_the_empty_string_survives() -> None:
    assert _converted(("genre",), ("",)) == {"genre": [""]}
    assert _converted(("user_id",), ("",)) == {"user_id": [""]}


def test_falsy_values_survive_inside_a_list() -> None:
    row = (["", "夜"], [0, 1.5])
    assert _converted(("tags", "liked_genres_counts"), row) == {
        "tags": ["", "夜"], "liked_genres_counts": [0.0, 1.5],
    }  # fmt: skip


def test_null_has_an_entry_without_values_and_so_has_an_empty_list() -> None:
    assert _converted(("price", "genre", "tags"), (None, None, None)) == {
        "price": [], "genre": [], "tags": [],
    }  # fmt: skip
    assert _converted(("tags",), ([],)) == {"tags": []}


@pytest.mark.parametrize("name", ["user_id", "video_id", "text", "known_in_train", "label"])
def test_null_in_a_needed_column_is_refused(name: str) -> None:
    with pytest.raises(DataError, match=f"expected a value for {name}, got NULL"):
        _converted((name,), (None,))


def test_a_column_that_no_row_of_the_table_has_is_refused() -> None:
    with pytest.raises(DataError, match="got nonsense, more: fix the query"):
        _converted(("genre", "nonsense", "more"), (None, None, None))


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        _converted(("genre", "price"), ("drama",))


@settings(deadline=None)
@given(ROWS)
def test_every_value_comes_back(row: tuple[Any, ...]) -> None:
    expected = [
        [] if value is None else value if isinstance(value, list) else [value] for value in row
    ]
    assert _converted(NAMES, row) == dict(zip(NAMES, expected, strict=True))
