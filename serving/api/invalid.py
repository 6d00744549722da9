"""What was wrong with a request: where, what was expected, and of which kind the value was.

The value itself is not repeated: it may be a user's id with a typing error.
"""

from __future__ import annotations

from typing import Any

from fastapi.exceptions import RequestValidationError

__all__ = ["faults"]

_MOST = 10
"""Faults of a request that are listed."""
_EXPECTED = {
    "missing": "a value",
    "extra_forbidden": "names that /openapi.json has",
    "greater_than_equal": "{ge} or more",
    "less_than_equal": "{le} or less",
    "too_long": "at most {max_length} entries",
    "too_short": "at least {min_length} entries",
    "string_too_long": "at most {max_length} characters",
    "string_too_short": "at least {min_length} characters",
    "string_pattern_mismatch": "text without control characters",
    "string_unicode": "text in Unicode",
    "string_type": "text",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_parsing": "0 or 1",
    "bool_type": "true or false",
    "uuid_parsing": "a UUID (8-4-4-4-12 hexadecimal digits)",
    "uuid_type": "a UUID (8-4-4-4-12 hexadecimal digits)",
    "datetime_from_date_parsing": "a moment with a zone, such as 2026-01-31T00:00:00Z",
    "datetime_parsing": "a moment with a zone, such as 2026-01-31T00:00:00Z",
    "datetime_type": "a moment with a zone, such as 2026-01-31T00:00:00Z",
    "timezone_aware": "a moment with a zone, such as 2026-01-31T00:00:00Z",
    "list_type": "a list",
    "model_attributes_type": "a JSON object",
    "dict_type": "a JSON object",
    "json_invalid": "a JSON document",
    "union_tag_invalid": "a kind: {expected_tags}",
    "union_tag_not_found": "a kind",
    "literal_error": "{expected}",
    "value_error": "{error}",
}
_GOT = {"missing": "none", "extra_forbidden": "another", "json_invalid": "something else"}
_KINDS = (
    (bytes, "a body without Content-Type: application/json"),
    (bool, "true or false"),
    (int, "another number"),
    (float, "another number"),
    (dict, "an object"),
    (type(None), "null"),
)


def faults(error: RequestValidationError) -> list[dict[str, str]]:
    """The first faults, each with its place (`path.user_id`) and a sentence."""
    return [_fault(one) for one in error.errors()[:_MOST]]


def _fault(one: dict[str, Any]) -> dict[str, str]:
    known = _EXPECTED.get(one["type"], "another value")
    expected = known.format(**one.get("ctx", {})) if "ctx" in one else known
    # A name that the request made up may hold anything.
    made_up = one["type"] in {"extra_forbidden", "json_invalid"}
    place = ".".join(str(part) for part in (one["loc"][:1] if made_up else one["loc"]))
    got = _GOT.get(one["type"]) or _got(one["input"])
    return {"at": place, "detail": f"expected {expected} at {place}, got {got}: correct it"}


def _got(value: object) -> str:
    if isinstance(value, str):
        return f"text of length {len(value)}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return next((said for kind, said in _KINDS if isinstance(value, kind)), "something else")
