"""Copy of rows into the tables of schema/tables.sql, in one transaction."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from uuid import UUID

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor  # noqa: N812

import schema
from schema.database import Connection

__all__ = ["Row", "fill"]

Row = tuple[UUID | str | datetime | None, ...]
TABLES_SQL = Path(schema.__file__).with_name("tables.sql")


def fill(connection: Connection, make: Callable[[], dict[str, list[Row]]]) -> None:
    """Create absent tables and copy the rows of `make()`, unless there are users already.

    Args:
        connection: Outside any transaction; its own is committed, or rolled back on error.
        make: Returns rows by table, in an order that foreign keys accept; called only if needed.
    """
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('two-tower sample data'))")
        cursor.execute("SELECT to_regclass('users') IS NULL")
        if cursor.fetchone() == (True,):
            cursor.execute(TABLES_SQL.read_text(encoding="utf-8"))
        cursor.execute("SELECT EXISTS (SELECT FROM users)")
        if cursor.fetchone() == (True,):
            return
        for name, rows in make().items():
            _copy(cursor, name, rows)
            cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(name)))


def _copy(cursor: Cursor, table: str, rows: Iterable[Row]) -> None:
    """Copy rows as CSV, in which an empty unquoted field is NULL."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    text.seek(0)
    copy = sql.SQL("COPY {} FROM STDIN (FORMAT csv)").format(sql.Identifier(table))
    cursor.copy_expert(copy, text)
