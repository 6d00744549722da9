"""Rows of a query as inputs of the model's signatures, in a form that JSON can express."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from schema.database import Connection
from schema.feature import Column, Feature, ValueType
from schema.features import model_inputs

__all__ = ["Instance", "instances"]

Instance = dict[str, object]
"""Input of a signature for one row: values by name, MISSING or "" for a missing one."""


def instances(
    connection: Connection, query: str, parameters: Mapping[str, object], key: Feature
) -> dict[str, Instance]:
    """The rows of a query as inputs of the model; lists are padded to one length over all rows.

    Returns:
        By the value of `key`: the inputs of that row.
    """
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor]
    inputs = model_inputs(key.side)
    widths = {c.name: _width(rows, c) for c in inputs if c.is_list}
    return {
        row[key.name]: {c.name: _raw(row[c.name], c, widths.get(c.name)) for c in inputs}
        for row in rows
    }


def _width(rows: Sequence[dict[str, Any]], column: Column) -> int:
    return max((len(row[column.name] or ()) for row in rows), default=0) or 1


def _raw(value: Any, column: Column, width: int | None) -> object:
    """The value as a signature's input: MISSING or "" for NULL, and as padding."""
    absent = column.absent
    convert = float if column.type is ValueType.FLOAT else str
    if width is None:
        return absent if value is None else convert(value)
    values = [convert(v) for v in value or ()]
    return values + [absent] * (width - len(values))
