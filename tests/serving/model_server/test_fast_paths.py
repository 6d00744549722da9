"""The fast paths read and write the same as the careful ones."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.model_server import json_text, tensors
from serving.model_server.json_text import parse
from serving.model_server.request import named_tensors
from serving.model_server.status import StatusError
from serving.model_server.tensors import to_tensor

_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**22), 10**22)
    | st.floats()
    | st.text("a:é\"'\\,{}"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab:", max_size=2), inner),
)
_PIECES = st.lists(
    st.sampled_from(
        r"""{ } [ ] : , " "a" "b": \ \" \u00e9 1 -0 .5 1e999 123456789012345678901
        NaN Inf -Infinity true é {"a":1,"a":2}""".split()  # noqa: SIM905
    ),
    max_size=14,
)


def _outcome(function: Any, *arguments: Any) -> Any:
    """As text, so that NaN equals NaN and 1 is not 1.0; every refusal is one."""
    try:
        value = function(*arguments)
    except StatusError as e:
        return e.code
    return repr(_sorted(value.tolist() if isinstance(value, np.ndarray) else value))


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


@given(_VALUES)
def test_any_document_is_read_alike(value: object) -> None:
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogateescape")
    assert _outcome(parse, body) == _outcome(json_text._parse_carefully, body)


@given(_PIECES)
def test_any_string_of_tokens_is_read_alike(pieces: list[str]) -> None:
    """Equal keys, text after the value, numbers too large, and what is no JSON at all."""
    body = "".join(pieces).encode()
    assert _outcome(parse, body) == _outcome(json_text._parse_carefully, body)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": {"b": 1, "b": 2}}', {"a": {"b": 1}}),
        ('{"a": [{"b": 1, "b": 2}]}', {"a": [{"b": 1}]}),
        ('{"a": [[{"b": 1, "b": 2}]]}', {"a": [[{"b": 1}]]}),
        ('{"a:": ":", "b": 1, "b": 2}', {"a:": ":", "b": 1}),
    ],
)
def test_the_first_of_two_equal_keys_counts_at_any_depth(text: str, value: object) -> None:
    assert parse(text.encode()) == value


_LEAVES = st.none() | st.booleans() | st.integers(-3, 2**63) | st.floats() | st.text("aé")
_NESTED = st.recursive(_LEAVES, lambda inner: st.lists(inner, max_size=3), max_leaves=8)


@given(_NESTED, st.sampled_from(["string", "float", "double", "int64", "bool"]))
def test_any_value_becomes_the_same_tensor_or_none(value: object, dtype: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        at_once = _outcome(to_tensor, value, dtype)
        patch.setattr(tensors, "_flat_at_once", lambda *_: None)
        assert at_once == _outcome(to_tensor, value, dtype)


def test_a_body_of_escaped_quotes_is_read_once() -> None:
    """4 MB; backtracking from each quote would take days. Text after the value is ignored."""
    assert parse(b'Inf"' + b'\\"' * (2 * 2**20)) == math.inf
    assert parse(b'{"inputs": [Inf, "Inf\\"", -Inf]}') == {"inputs": [math.inf, 'Inf"', -math.inf]}


@pytest.mark.parametrize(
    ("row", "value", "words"),
    [
        (2, "x", 'JSON Value: "x" Type: String is not of expected type: float'),
        (1, [1.0, 2.0], "Expecting tensor size: 1 but got: 2"),
        (3, [1.0], "Expecting shape [] but got: [1]"),
    ],
)
def test_a_row_at_fault_is_named_by_its_number(row: int, value: object, words: str) -> None:
    """The first row at fault of five."""
    rows: list[object] = [{"x": 0.5} for _ in range(5)]
    rows[row] = rows[4] = {"x": value}
    with pytest.raises(StatusError) as caught:
        named_tensors({"instances": rows}, {"x": "float"})
    start = (
        f"Failed to process element: {row} key: x of 'instances' list. Error: INVALID_ARGUMENT: "
    )
    assert caught.value.message == start + words
