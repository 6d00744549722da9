"""A row of a training query in the form that a request's features have, padding aside."""

from __future__ import annotations

from typing import Any

from schema.feature import Side, ValueType
from schema.features import model_inputs

__all__ = ["as_instance", "unpadded"]


def as_instance(row: dict[str, Any], side: Side) -> dict[str, object]:
    """NULL is -1, "" or an empty list."""
    instance: dict[str, object] = {}
    for column in model_inputs(side):
        value, is_number = row[column.name], column.type is ValueType.FLOAT
        if column.is_list:
            instance[column.name] = list(value or [])
        elif value is None:
            instance[column.name] = -1.0 if is_number else ""
        else:
            instance[column.name] = float(value) if is_number else value
    return instance


def unpadded(instance: dict[str, object]) -> dict[str, object]:
    """Without what fills the ends of its lists."""
    return {
        name: [v for v in value if v not in ("", -1)] if isinstance(value, list) else value
        for name, value in instance.items()
    }
