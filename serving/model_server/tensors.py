"""One JSON value -> one tensor, by the dtype rules of TensorFlow Serving's json_tensor.cc.

The signature's shape is ignored: the nesting of the value alone determines the tensor's rank.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from serving.model_server.json_text import shown
from serving.model_server.status import Code, StatusError, invalid

__all__ = ["Tensor", "is_base64", "to_tensor"]

_RANK_MAX = 64  # NumPy's limit
Tensor = npt.NDArray[Any]


def to_tensor(value: object, dtype: str) -> Tensor:
    """`value` as a tensor of its nesting's shape and of TensorFlow's `dtype`, such as "float".

    Raises:
        StatusError: ragged nesting, or a leaf of another type than `dtype`.
    """
    if dtype not in _LEAVES:
        message = f"Conversion of JSON Value: {shown(value)} to type: {dtype}"
        raise StatusError(Code.UNIMPLEMENTED, message)
    numpy_dtype, leaf = _LEAVES[dtype]
    shape = _shape(value)
    flat = _flat_at_once(value, shape, dtype)
    if flat is None:
        flat = []
        _flatten(value, shape, 0, lambda item: flat.append(leaf(item, dtype)))
    return _array(flat, numpy_dtype).reshape(shape)


def is_base64(value: object) -> bool:
    """Whether `value` is an object that encodes bytes rather than named tensors."""
    return isinstance(value, dict) and "b64" in value


def _shape(value: object) -> tuple[int, ...]:
    """Shape by the nesting of the first elements; `_flatten` checks all others."""
    shape: list[int] = []
    while isinstance(value, list):
        shape.append(len(value))
        value = value[0] if value else None
    if len(shape) > _RANK_MAX:
        raise invalid(f"JSON Value: nested {len(shape)} levels deep, expected <= {_RANK_MAX}")
    return tuple(shape)


def _flat_at_once(value: object, shape: tuple[int, ...], dtype: str) -> list[Any] | None:
    """The leaves of an even nesting whose leaves all have the usual type; else None.

    Goes level by level with C functions, since a batch has tens of thousands of leaves.
    """
    level: list[Any] = [value]
    for size in shape:
        if set(map(type, level)) - {list} or set(map(len, level)) - {size}:
            return None
        level = list(chain.from_iterable(level))
    if set(map(type, level)) - _USUAL.get(dtype, set()):
        return None
    return list(map(_utf8, level)) if dtype == "string" else level


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _flatten(
    value: object, shape: tuple[int, ...], level: int, keep: Callable[[object], None]
) -> None:
    if not isinstance(value, list):
        if level != len(shape):
            at = f"found at incorrect level: {level} in the JSON DOM. Expected at level"
            raise invalid(f"JSON Value: {shown(value)} {at}: {len(shape)}")
        keep(value)
        return
    if level >= len(shape):
        raise invalid(f"Encountered list at unexpected level: {level} expected < {len(shape)}")
    if len(value) != shape[level]:
        what = f"Encountered list at unexpected size: {len(value)} at level: {level}"
        raise invalid(f"{what} expected size: {shape[level]}")
    for item in value:
        _flatten(item, shape, level + 1, keep)


def _array(flat: list[Any], dtype: type) -> Tensor:
    """Cast from a wider type: a large double becomes inf in float32, a large int wraps in int8."""
    with np.errstate(over="ignore"):
        return np.array(flat, dtype=_WIDER.get(dtype, dtype)).astype(dtype)


def _number(value: object, dtype: str) -> float:
    if type(value) in (int, float):  # not isinstance: True is an int
        return value  # type: ignore[return-value]
    raise _wrong_type(value, dtype)


def _integer(value: object, dtype: str, low: int, high: int) -> int:
    if type(value) is int and low <= value <= high:
        return value
    raise _wrong_type(value, dtype)


def _bool(value: object, dtype: str) -> bool:
    if isinstance(value, bool):
        return value
    raise _wrong_type(value, dtype)


def _string(value: object, dtype: str) -> bytes:
    if isinstance(value, str):
        return _utf8(value)
    if is_base64(value):
        return _base64(value)
    raise _wrong_type(value, dtype)


def _base64(value: object) -> bytes:
    match value:
        case {"b64": str(text), **rest} if not rest:
            try:
                return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
            except (binascii.Error, ValueError) as error:
                raise invalid("Unable to base64 decode") from error
    raise invalid(f"JSON Value: {shown(value)} not formatted correctly for base64 data")


def _wrong_type(value: object, dtype: str) -> StatusError:
    kind = _JSON_TYPES.get(type(value), "Number")
    return invalid(f"JSON Value: {shown(value)} Type: {kind} is not of expected type: {dtype}")


_USUAL: dict[str, set[type]] = {"string": {str}, "float": {int, float}, "double": {int, float}}
_WIDER: dict[type, type] = {
    np.float32: np.float64,
    np.int8: np.int64,
    np.uint8: np.int64,
    np.int16: np.int64,
}
_JSON_TYPES = {str: "String", bool: "Bool", dict: "Object", list: "Array", type(None): "Null"}
_int32 = partial(_integer, low=-(2**31), high=2**31 - 1)
_LEAVES: dict[str, tuple[type, Callable[[object, str], object]]] = {
    "float": (np.float32, _number),
    "double": (np.float64, _number),
    "int8": (np.int8, _int32),  # int32's range, then it wraps, as in the original
    "uint8": (np.uint8, _int32),
    "int16": (np.int16, _int32),
    "int32": (np.int32, _int32),
    "int64": (np.int64, partial(_integer, low=-(2**63), high=2**63 - 1)),
    "uint32": (np.uint32, partial(_integer, low=0, high=2**32 - 1)),
    "uint64": (np.uint64, partial(_integer, low=0, high=2**64 - 1)),
    "bool": (np.bool_, _bool),
    "string": (object, _string),
}
