"""The text of the views file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from psycopg2.extensions import quote_ident

from commands.views.conversions import conversion
from commands.views.matching import Match
from schema.database import Connection
from schema.source_tables import NEVER_EMPTY

__all__ = ["SCHEMA", "views_text"]

SCHEMA = "two_tower_source"
_HEAD = f"""\
-- Views of your tables under the names of schema/tables.sql, in a schema of their own: your tables
-- are not touched. They were proposed by names; read each line. `two-tower init` checks this file
-- again after an edit, in a transaction that is rolled back. Then run it once (psql -f), and let
-- the role of DATABASE_URL, best one of its own (serving/roles.sql), find these names first:
--     GRANT USAGE ON SCHEMA {SCHEMA} TO {{role}};
--     GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO {{role}};
--     ALTER ROLE {{role}} IN DATABASE {{database}} SET search_path = {SCHEMA}, public;
CREATE SCHEMA IF NOT EXISTS {SCHEMA};
"""
_NEEDED = ("title", "decision", "decided_at")
"""Columns that may not be NULL, beside the ids."""


def views_text(
    connection: Connection,
    expected: Mapping[str, Mapping[str, str]],
    matches: Mapping[str, Match],
) -> str:
    """A view for each expected table: of the match, else empty, or commented out if it is needed.

    Args:
        connection: for the rules of quoting, and the names of role and database.
        expected: by table, column to type.
        matches: what the database has for them.
    """
    names = {"role": connection.info.user, "database": connection.info.dbname}
    head = _HEAD.format(**{key: quote_ident(name, connection) for key, name in names.items()})
    views = (
        _view(connection, table, columns, matches[table])
        if table in matches
        else _nothing(table, columns)
        for table, columns in expected.items()
    )
    return "\n".join([head, *views])


def _view(connection: Connection, table: str, columns: Mapping[str, str], found: Match) -> str:
    own = found.relation
    lines = list(_lines(connection, columns, found))
    of = ".".join(quote_ident(part, connection) for part in (own.schema, own.name))
    return "\n".join(
        [f"CREATE OR REPLACE VIEW {SCHEMA}.{table} AS SELECT", *lines, f"FROM {of};\n"]
    )


def _lines(connection: Connection, columns: Mapping[str, str], found: Match) -> Iterator[str]:
    """A line for each column, without a comma after the last one."""
    names = list(columns)
    unknown = [name for name in names if name not in found.columns and _is_needed(name)]
    kept = [name for name in names if name not in unknown]
    for name in kept:
        comma = "," if name != kept[-1] else ""
        yield f"    {_expression(connection, name, columns[name], found)} AS {name}{comma}" + (
            "" if name in found.columns else "  -- nothing like it was found; it may stay empty"
        )
    for name in unknown:
        yield f"    -- , ??? AS {name}: expected {columns[name]}, nothing like it was found"


def _expression(connection: Connection, name: str, kind: str, found: Match) -> str:
    own = found.columns.get(name)
    if own is None:
        return f"NULL::{kind}"
    template = conversion(name, kind, found.relation.columns[own])
    return template.format(quote_ident(own, connection))


def _nothing(table: str, columns: Mapping[str, str]) -> str:
    wanted = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    if table in NEVER_EMPTY:
        return (
            f"-- Nothing like {table} was found; expected: {wanted}\n"
            f"-- CREATE OR REPLACE VIEW {SCHEMA}.{table} AS SELECT …;\n"
        )
    empty = ", ".join(f"NULL::{kind} AS {name}" for name, kind in columns.items())
    return (
        f"-- Nothing like {table} was found; it may stay empty. Expected: {wanted}\n"
        f"CREATE OR REPLACE VIEW {SCHEMA}.{table} AS SELECT {empty} WHERE false;\n"
    )


def _is_needed(column: str) -> bool:
    return column.endswith("_id") or column in _NEEDED
