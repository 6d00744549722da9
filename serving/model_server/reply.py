"""Named tensors -> the JSON text of a predict reply."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence

import numpy as np
import orjson

from serving.model_server.request import Form
from serving.model_server.status import invalid
from serving.model_server.tensors import Tensor

__all__ = ["predict_text"]

_NUMBERS = {"int8", "int16", "int32", "int64", "uint8", "uint32", "uint64", "float32", "float64"}
_PLAIN = {"int32", "int64", "uint32", "uint64", "float32", "float64"}
_NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def predict_text(form: Form, outputs: Mapping[str, Tensor]) -> str:
    """The reply in the request's form: a single output is bare, several are objects by name.

    Raises:
        StatusError: an output has no JSON form, or (row form) no common batch dimension.
    """
    if len(outputs) == 1 and (form == "columnar" or next(iter(outputs.values())).shape):
        text = _at_once(*outputs.values())
        if text is not None:
            return _document("predictions" if form == "row" else "outputs", text)
    if form == "row":
        return _document("predictions", f"[{', '.join(_rows(outputs))}]")
    texts = {name: _text(name, tensor) for name, tensor in outputs.items()}
    return _document("outputs", _bare_or_named(texts))


def _at_once(tensor: Tensor) -> str | None:
    """The text of finite numbers by orjson, each with the shortest digits that round-trip.

    None for any other tensor: JSON has no NaN, and orjson writes neither scalars nor bytes.
    """
    if not tensor.shape or tensor.dtype.name not in _PLAIN or not np.isfinite(tensor).all():
        return None
    return orjson.dumps(np.ascontiguousarray(tensor), option=orjson.OPT_SERIALIZE_NUMPY).decode()


def _document(key: str, text: str) -> str:
    return f'{{\n    "{key}": {text}\n}}'


def _bare_or_named(texts: Mapping[str, str]) -> str:
    if len(texts) == 1:
        return next(iter(texts.values()))
    return "{" + ", ".join(f"{json.dumps(name)}: {text}" for name, text in texts.items()) + "}"


def _rows(outputs: Mapping[str, Tensor]) -> list[str]:
    batch = _batch_size(outputs)
    rows = {
        name: _nested(_leaves(name, tensor), tensor.shape, stop=1)
        for name, tensor in outputs.items()
    }
    return [_bare_or_named({name: texts[i] for name, texts in rows.items()}) for i in range(batch)]


def _batch_size(outputs: Mapping[str, Tensor]) -> int:
    batch: int | None = None
    for name, tensor in outputs.items():
        if not tensor.shape:
            raise invalid(f"Tensor name: {name} has no shape information ")
        size = tensor.shape[0]
        if batch not in (None, size):
            what = f"inconsistent batch size: {size} expecting: {batch}"
            raise invalid(f"Tensor name: {name} has {what}")
        batch = size
    return batch or 0


def _text(name: str, tensor: Tensor) -> str:
    return _nested(_leaves(name, tensor), tensor.shape, stop=0)[0]


def _nested(texts: Sequence[str], shape: tuple[int, ...], stop: int) -> Sequence[str]:
    """The leaves' texts, bracketed from the innermost dimension out to dimension `stop`."""
    for axis in range(len(shape) - 1, stop - 1, -1):
        size, groups = shape[axis], math.prod(shape[:axis])
        texts = [f"[{', '.join(texts[i * size : (i + 1) * size])}]" for i in range(groups)]
    return texts


def _leaves(name: str, tensor: Tensor) -> list[str]:
    flat = tensor.ravel()
    if tensor.dtype == object:
        as_text = _base64 if name.endswith("_bytes") else _string
        return [as_text(value) for value in flat.tolist()]
    if tensor.dtype == np.bool_:
        return [json.dumps(value) for value in flat.tolist()]
    if tensor.dtype.name not in _NUMBERS:
        raise invalid(f"Failed to write JSON value for tensor type: {tensor.dtype.name}")
    # NumPy prints the shortest digits that round-trip to the same float32.
    texts: list[str] = flat.astype("U32").tolist()
    return [_NOT_FINITE.get(text, text) for text in texts]


def _string(value: bytes) -> str:
    return json.dumps(value.decode("utf-8", "surrogateescape"), ensure_ascii=False)


def _base64(value: bytes) -> str:
    return json.dumps({"b64": base64.b64encode(value).decode("ascii")})
