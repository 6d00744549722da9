"""A user's raw features at a moment: the training query's own SQL, for a request."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from schema.database import Connection
from schema.features import MISSING, USER_ID, Column, Side, ValueType, model_inputs
from schema.sql import user_moments

__all__ = ["Instance", "batch_user_features", "extract_user_features"]

Instance = dict[str, object]
"""What the model's `serving_default` takes for one user: no id in it."""


def extract_user_features(
    connection: Connection, user_id: str, at: datetime | None = None
) -> Instance:
    """The raw features of one user, from decisions strictly before `at` (now, if not given).

    A user without decisions, or unknown, gets the defaults of a cold start.
    """
    (instance,) = batch_user_features(connection, [user_id], at).values()
    return instance


def batch_user_features(
    connection: Connection, user_ids: Sequence[str], at: datetime | None = None
) -> dict[str, Instance]:
    """The raw features of each of these users, by id in lower case.

    Lists are padded to one length over the batch.

    Raises:
        ValueError: for an id that is no UUID.
    """
    ids = sorted(str(UUID(user_id)) for user_id in user_ids)
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            user_moments(at or datetime.now(UTC)),
            {"user_ids": ids, "first_id": ids[0], "last_id": ids[-1]},
        )
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor]
    inputs = model_inputs(Side.USER)
    widths = {c.name: _width(rows, c) for c in inputs if c.is_list}
    return {
        row[USER_ID.name]: {c.name: _raw(row[c.name], c, widths.get(c.name)) for c in inputs}
        for row in rows
    }


def _width(rows: Sequence[dict[str, Any]], column: Column) -> int:
    return max(len(row[column.name] or ()) for row in rows) or 1


def _raw(value: Any, column: Column, width: int | None) -> object:
    """As the signature takes it: MISSING or "" for NULL, and as padding."""
    absent = MISSING if column.type is ValueType.FLOAT else ""
    convert = float if column.type is ValueType.FLOAT else str
    if width is None:
        return absent if value is None else convert(value)
    values = [convert(v) for v in value or ()]
    return values + [absent] * (width - len(values))
