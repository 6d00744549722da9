"""Source tables without a unique index on their key, such as views."""

from __future__ import annotations

from schema.database import Connection
from schema.row_rules import KEYS

__all__ = ["tables_without_key"]


def tables_without_key(connection: Connection) -> frozenset[str]:
    """Names of the source tables without a unique index on their key, such as views."""
    query = """
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
    with connection.cursor() as cursor:
        cursor.execute(query, (list(KEYS), [",".join(key) for key in KEYS.values()]))
        return frozenset(name for (name,) in cursor)
