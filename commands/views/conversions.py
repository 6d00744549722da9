"""Expressions that make one type of another, where no value is lost or made up."""

from __future__ import annotations

import re

from schema.source_tables import ACCEPTED, WHOLE_NUMBERS

__all__ = ["conversion"]

_TEXTS = {"enum": "{}::text"}
_MOMENTS = {"timestamp without time zone": "{} AT TIME ZONE 'UTC'", "date": "{}::timestamptz"}
_FRACTIONS = ("numeric", "real", "double precision")
_SECONDS = {
    **dict.fromkeys(_FRACTIONS, "round({})::integer"),
    "interval": "extract(epoch FROM {})::integer",
}
_CONVERSIONS = {
    "uuid": dict.fromkeys(WHOLE_NUMBERS, "lpad(to_hex({}::bigint), 32, '0')::uuid"),
    "text": _TEXTS,
    "timestamptz": _MOMENTS,
    "integer": _SECONDS,
}
_DECISION = "CASE WHEN {} THEN 'like' ELSE 'nope' END"


def conversion(column: str, expected: str, found: str) -> str:
    """The expression of a found type for an expected one, with `{}` for the column.

    Args:
        column: name in schema/tables.sql.
        expected: type there.
        found: type as Postgres prints it, or `enum`.

    Returns:
        Empty if there is none.
    """
    bare = re.sub(r"\(.*?\)", "", found)
    if bare in ACCEPTED[expected.partition("(")[0]]:
        return "{}"
    if column == "decision" and bare == "boolean":
        return _DECISION
    return _CONVERSIONS.get(expected, {}).get(bare, "")
