"""Check before a run that the database has the tables of schema/tables.sql.

Views count as tables. The expectation is parsed from schema/tables.sql itself.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

from psycopg2 import sql

from schema.database import Connection
from schema.errors import DatabaseError

__all__ = [
    "check_pgvector",
    "check_primary",
    "check_server",
    "check_source_tables",
    "count_rows",
    "expected_tables",
]

TABLES_SQL = Path(__file__).with_name("tables.sql")
NEVER_EMPTY = ("users", "videos", "user_video_decisions")
POSTGRES_NEEDED = 15  # the first with regexp_like (row_rules.py)
PGVECTOR_NEEDED = (0, 8, 0)
PGVECTOR_SOUND = (0, 8, 4)  # 0.8.3 and 0.8.4 repair HNSW corruption and vacuum faults
ADVICE = "add it, or a view of that name that has it, see schema/tables.sql"
WHOLE_NUMBERS = frozenset({"smallint", "integer", "bigint"})
TEXTS = frozenset({"text", "character varying", "character", "citext"})
MOMENTS = frozenset({"timestamp with time zone"})
# By type in tables.sql: the names of accepted types, as Postgres prints them.
ACCEPTED = {
    "uuid": frozenset({"uuid"}),
    "text": TEXTS,
    "varchar": TEXTS,
    "integer": WHOLE_NUMBERS,
    "numeric": WHOLE_NUMBERS | {"numeric", "real", "double precision"},
    "timestamptz": MOMENTS,
    "timestamp": MOMENTS | {"timestamp without time zone"},
}

_LOG = logging.getLogger(__name__)


def expected_tables() -> dict[str, dict[str, str]]:
    """Columns of each table of schema/tables.sql.

    Returns:
        By table name: column name to type, both as written there.
    """
    ddl = re.sub(r"--.*", "", TABLES_SQL.read_text(encoding="utf-8"))
    bodies = re.findall(r"CREATE TABLE (\w+) \(\n(.*?)\n\);", ddl, re.DOTALL)
    columns = re.compile(r"^ +([a-z_]+) ([a-z]+(?:\(\d+\))?)", re.MULTILINE)
    return {table: dict(columns.findall(body)) for table, body in bodies}


def check_source_tables(connection: Connection, *, mirror: bool = True) -> None:
    """Compare the database with schema/tables.sql; a pgvector older than 0.8.4 logs a warning.

    Args:
        connection: to the database.
        mirror: whether the tables of embeddings are needed.

    Raises:
        DatabaseError: Tables or columns are missing, columns have other types, or privileges are
            missing (all of one kind are named); PostgreSQL or pgvector is too old; or users,
            videos or decisions are empty.
    """
    check_server(connection.server_version)
    check_pgvector(connection)
    tables = expected_tables()
    if not mirror:
        tables = {name: columns for name, columns in tables.items() if not _is_mirror(columns)}
    for problems in (_missing, _wrong_types, _forbidden, _empty):
        found = list(problems(connection, tables))
        if found:
            wanted, got = (", ".join(words) for words in zip(*found, strict=True))
            raise DatabaseError(wanted, got, ADVICE)


def check_primary(connection: Connection) -> None:
    """Refuse a standby, which accepts no writes; `connection` must be read-only to reach one.

    Raises:
        DatabaseError: the server is in recovery.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery()")
        if cursor.fetchone() == (True,):
            raise DatabaseError("a primary server", "a standby", "name the primary in DATABASE_URL")


def check_server(version: int) -> None:
    """Refuse a PostgreSQL that cannot run the queries.

    Args:
        version: libpq's number, 150003 for 15.3.

    Raises:
        DatabaseError: if it is older than 15.
    """
    if version // 10_000 < POSTGRES_NEEDED:
        found = f"{version // 10_000}.{version % 10_000}"
        raise DatabaseError(f"PostgreSQL {POSTGRES_NEEDED} or newer", found, "upgrade the server")


def count_rows(connection: Connection) -> dict[str, int]:
    """Count of rows by table of schema/tables.sql, all in one snapshot."""
    names = list(expected_tables())
    counts = sql.SQL(", ").join(
        sql.SQL("(SELECT count(*) FROM {})").format(sql.Identifier(name)) for name in names
    )
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT {}").format(counts))
        return dict(zip(names, cursor.fetchone() or (), strict=True))


def check_pgvector(connection: Connection) -> None:
    """Refuse a database without pgvector, or with one that lacks halfvec and iterative scans.

    Raises:
        DatabaseError: if it is absent or older than 0.8.0.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
        found = cursor.fetchone()
    version = tuple(int(part) for part in re.findall(r"\d+", found[0])) if found else ()
    if version < PGVECTOR_NEEDED:
        raise DatabaseError(
            "the extension vector (pgvector) 0.8.0 or newer",
            found[0] if found else "none",
            "run CREATE EXTENSION vector, or ALTER EXTENSION vector UPDATE",
        )
    if version < PGVECTOR_SOUND:
        _LOG.warning("pgvector %s has index faults that 0.8.4 repairs", found and found[0])


Problems = Iterator[tuple[str, str]]  # expected, got
Tables = dict[str, dict[str, str]]  # by table: column to type


def _missing(connection: Connection, tables: Tables) -> Problems:
    found = _found_types(connection)
    for table, columns in tables.items():
        if table not in found:
            yield f"table {table}", "no such table"
            continue
        for column, kind in columns.items():
            if column not in found[table]:
                yield f"column {table}.{column} {kind}", "no such column"


def _wrong_types(connection: Connection, tables: Tables) -> Problems:
    found = _found_types(connection)
    for table, columns in tables.items():
        for column, kind in columns.items():
            if not _accepts(kind, found[table][column]):
                yield f"column {table}.{column} {kind}", found[table][column]


def _accepts(expected: str, found: str) -> bool:
    if expected.startswith("vector"):
        return re.sub(r"^\w+\.", "", found) == expected
    return re.sub(r"\(.*?\)", "", found) in ACCEPTED[expected.partition("(")[0]]


def _is_mirror(columns: dict[str, str]) -> bool:
    """Whether a run writes the table: one with a vector."""
    return any(kind.startswith("vector") for kind in columns.values())


def _forbidden(connection: Connection, tables: Tables) -> Problems:
    """Missing privileges: SELECT on all tables, and those to write on the mirror."""
    for table, columns in tables.items():
        writes = ("INSERT", "UPDATE", "DELETE") if _is_mirror(columns) else ()
        for right in ("SELECT", *writes):
            with connection.cursor() as cursor:
                cursor.execute("SELECT has_table_privilege(%s, %s)", (table, right))
                if cursor.fetchone() == (False,):
                    yield f"the right to {right} on {table}", "none"


def _empty(connection: Connection, _: Tables) -> Problems:
    for table in NEVER_EMPTY:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(sql.Identifier(table)))
            if not cursor.rowcount:
                yield f"rows in {table} (row-level security may hide them)", "none"


def _found_types(connection: Connection) -> dict[str, dict[str, str]]:
    """Columns of each expected table that exists.

    Returns:
        By table name: column name to type as Postgres prints it.
    """
    query = """
        SELECT name, attname, format_type(atttypid, atttypmod)
        FROM unnest(%s) AS name JOIN pg_attribute ON attrelid = to_regclass(name)
        WHERE attnum > 0
    """
    found: dict[str, dict[str, str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(query, (list(expected_tables()),))
        for table, column, kind in cursor:
            found.setdefault(table, {})[column] = kind
    return found
