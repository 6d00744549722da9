"""Source tables without a unique index on their key, such as views."""

from __future__ import annotations

import time
from typing import NamedTuple
from weakref import WeakKeyDictionary

from schema.database import Connection
from schema.row_rules import KEYS

__all__ = ["WITHOUT_KEY", "tables_without_key"]

_KEEP_S = 60.0
"""Seconds that an answer of the database is used again on the same connection."""

WITHOUT_KEY = """
SELECT name FROM unnest(%s, %s) AS source(name, key)
WHERE NOT EXISTS (
    SELECT FROM pg_index
    WHERE indrelid = to_regclass(name) AND indisunique AND indisvalid
        AND indpred IS NULL AND indexprs IS NULL
        AND string_to_array(key, ',') @> ARRAY(
            SELECT attname::text FROM pg_attribute
            WHERE attrelid = indrelid AND attnum = ANY (indkey[:indnkeyatts - 1])
        )
)
"""
"""Query of those names; takes names and keys."""


class _Kept(NamedTuple):
    """Names, and the moment of monotonic time at which they were read."""

    names: frozenset[str]
    read_at: float


_kept: WeakKeyDictionary[Connection, _Kept] = WeakKeyDictionary()


def tables_without_key(connection: Connection) -> frozenset[str]:
    """Names of the source tables without a unique index on their key, such as views.

    They are kept for a minute: a request asks for them at each of its statements.
    """
    now, kept = time.monotonic(), _kept.get(connection)
    if kept is None or now - kept.read_at > _KEEP_S:
        kept = _kept[connection] = _Kept(_read(connection), now)
    return kept.names


def _read(connection: Connection) -> frozenset[str]:
    with connection.cursor() as cursor:
        cursor.execute(WITHOUT_KEY, (list(KEYS), [",".join(key) for key in KEYS.values()]))
        return frozenset(name for (name,) in cursor)
