"""What the logs and the decisions say, as NumPy records. No user's id leaves the database."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from schema.database import Connection
from schema.database_errors import our_errors
from schema.query import sql_file
from schema.row_rules import valid_relations
from schema.table_keys import tables_without_key

__all__ = ["GROUPS", "OUTCOMES", "Rows", "read", "read_plain"]

Rows = npt.NDArray[np.void]
"""[rows] records; the field `number` numbers the users from 0."""
GROUPS = ("none", "1 to 9", "10 to 49", "50 or more")
"""Groups by number of decisions before a video was shown; `of_group` is a place in them."""
OUTCOMES = np.dtype([
    ("number", "i8"), ("is_candidate", "?"), ("weight", "f8"), ("of_group", "i8"),
    ("videos", "f8"), ("likes", "f8"), ("nopes", "f8"), ("places", "f8"), ("clicks", "f8"),
    ("dwell_s", "f8"),
])  # fmt: skip
"""Sums by user, arm and group; the weight is 1 / the probability of the user's arm."""


def read(connection: Connection, name: str, dtype: npt.DTypeLike, experiment: str = "") -> Rows:
    """The rows of schema/queries/experiments/<name>.sql as records of `dtype`.

    Raises:
        DatabaseError: if the database refuses.
    """
    return np.array(read_plain(connection, name, experiment), dtype)


def read_plain(connection: Connection, name: str, experiment: str = "") -> list[tuple[Any, ...]]:
    """The same as tuples."""
    query = sql_file(f"experiments/{name}")
    with our_errors(connection), connection.cursor() as cursor:
        valid = valid_relations(without_key=tables_without_key(connection))
        cursor.execute(query.with_parts(valid=valid).text, {"experiment": experiment})
        return cursor.fetchall()
