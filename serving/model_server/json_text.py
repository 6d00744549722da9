"""Bytes -> JSON value as RapidJSON reads them for TensorFlow Serving.

orjson reads the usual requests. Python's parser, with hooks, reads the rest: duplicate keys, of
which the first counts, `NaN` and `Inf`, text after the value, bytes that are not UTF-8. Without
hooks it would take the last of two equal keys, reject `Inf` and turn 1e999 into infinity.
"""

from __future__ import annotations

import json
import math
import re

import orjson

from serving.model_server.status import invalid

__all__ = ["parse", "shown"]

_BLANKS = re.compile(r"[ \t\n\r]*")
# Possessive, and an unterminated string extends to the end of the text: no backtracking.
_STRING_OR_INF = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|\bInf\b', re.DOTALL)
_ESCAPE = re.compile(
    r"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<lone>\\u[dD][89a-fA-F])"
)
_INT_DIGITS = 20  # of uint64; Python refuses to read thousands of them
_SHOWN_BYTES = 256


def parse(body: bytes) -> object:
    """The JSON value at the start of `body`; text after it is ignored.

    Bytes that are not UTF-8 pass through as lone surrogates (PEP 383).

    Raises:
        StatusError: there is no JSON value.
    """
    if b"\\" not in body:
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:
            return _parse_carefully(body)
        # Outside of strings, none of which has an escape, each colon belongs to a key.
        if sum(part.count(b":") for part in body.split(b'"')[::2]) == _keys(value):
            return value
    return _parse_carefully(body)


def _keys(value: object) -> int:
    """Count of keys in an object, in objects in it and in its lists, as deep as requests go."""
    if not isinstance(value, dict):
        return 0
    inner = [part if isinstance(part, list) else [part] for part in value.values()]
    return len(value) + sum(len(item) for part in inner for item in part if isinstance(item, dict))


def _parse_carefully(body: bytes) -> object:
    text = body.decode("utf-8", "surrogateescape")
    if "Inf" in text:
        text = _STRING_OR_INF.sub(_spelled_out, text)
    start = _BLANKS.match(text).end()  # type: ignore[union-attr]  # it matches nothing, too
    if start == len(text):
        raise invalid("JSON Parse error: The document is empty")
    _refuse_lone_surrogates(text)
    try:
        value, _ = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise invalid(f"JSON Parse error: {error.msg}. at offset: {error.pos}") from error
    except RecursionError as error:
        raise invalid("JSON Parse error: Nested too deeply.") from error
    return value


def shown(value: object) -> str:
    """`value` for an error message, cut short."""
    try:
        return json.dumps(value)[:_SHOWN_BYTES]
    except RecursionError:
        return "(nested too deeply)"


def _spelled_out(found: re.Match[str]) -> str:
    return "Infinity" if found[0] == "Inf" else found[0]


def _refuse_lone_surrogates(text: str) -> None:
    """Refuse lone surrogates, since `surrogateescape` uses them for bytes that are not UTF-8."""
    if "\\u" not in text:  # a hundred times faster than the search below
        return
    for found in _ESCAPE.finditer(text):
        if found["lone"]:
            raise invalid(
                "JSON Parse error: The surrogate pair in string is invalid."
                f" at offset: {found.start()}"
            )


def _first_wins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    return dict(reversed(pairs))


def _integer(digits: str) -> int | float:
    """An int64 or uint64; a larger number is read as a double."""
    if len(digits.lstrip("-")) <= _INT_DIGITS and -(2**63) <= int(digits) < 2**64:
        return int(digits)
    return _double(digits)


def _double(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise invalid("JSON Parse error: Number too big to be stored in double.")
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_first_wins, parse_int=_integer, parse_float=_double)
