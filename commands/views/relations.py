"""Tables and views of a database, with their columns."""

from __future__ import annotations

from dataclasses import dataclass

from schema.database import Connection

__all__ = ["Relation", "relations"]

_RELATIONS = """
SELECT nspname, relname, attname,
    CASE WHEN typtype = 'e' THEN 'enum' ELSE format_type(atttypid, atttypmod) END
FROM pg_class
JOIN pg_namespace ON pg_namespace.oid = relnamespace
JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
JOIN pg_type ON pg_type.oid = atttypid
WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
    AND nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'two_tower', %s)
ORDER BY nspname, relname, attnum
"""


@dataclass(frozen=True)
class Relation:
    """A table or view; `columns` are types by name, as Postgres prints them, or `enum`."""

    schema: str
    name: str
    columns: dict[str, str]


def relations(connection: Connection, views: str) -> list[Relation]:
    """Those of the application: neither Postgres' nor ours, nor those of the schema `views`."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_RELATIONS, (views,))
        for schema, name, column, kind in cursor:
            found.setdefault((schema, name), {})[column] = kind
    return [Relation(schema, name, columns) for (schema, name), columns in found.items()]
