"""The message of a server that shuts down becomes one line of ours."""

from __future__ import annotations

import pytest

from schema.database import session
from schema.errors import DatabaseError
from tests.databases.pgbouncer import pgbouncer

pytestmark = pytest.mark.postgres

USER = "0f6d35f4-9d1c-4b1e-9f7e-3d1f6f0a2b11"


def _raised(url: str, statement: str) -> str:
    with (
        pytest.raises(DatabaseError) as caught,
        session(url) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    line = str(caught.value)
    assert "\n" not in line
    return line


def _raise(code: str, text: str) -> str:
    """As the server does by itself in that trouble."""
    return f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}', MESSAGE = '{text}'; END $$"


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        (
            "SET LOCAL statement_timeout = 50; SELECT pg_sleep(5)",
            "expected the statement to end, got "
            '"canceling statement due to statement timeout": raise statement_timeout',
        ),
        (
            "SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(5)",
            'expected the statement to end, got "canceling statement due to user request": run it'
            " again: finished nodes are taken from the cache",
        ),
        (
            "SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(5)",
            'expected the server to go on, got "terminating connection due to administrator'
            ' command": run it again: finished nodes are taken from the cache',
        ),
        (
            _raise("53100", "could not extend file: No space left on device"),
            'expected disk space on the server, got "could not extend file: No space left on'
            ' device": free some there, then run it again',
        ),
        (
            _raise("53200", "out of memory"),
            'expected memory on the server, got "out of memory": give it more, or lower',
        ),
        (
            "SELECT nothing FROM users",
            'expected the tables of schema/tables.sql, got "column "nothing" does not exist": ',
        ),
        (
            f"SELECT 'x{USER}'::uuid",
            "expected values of the types in schema/tables.sql, got"
            ' "invalid input syntax for type uuid: "x<id>"": fix them, or hide them by a view',
        ),
    ],
)
def test_the_server_s_words_are_one_line_of_ours(database: str, statement: str, line: str) -> None:
    assert _raised(database, statement).startswith(line)


def test_a_row_that_an_error_quotes_is_left_out(database: str) -> None:
    insert = f"INSERT INTO users VALUES ('{USER}'), ('{USER}')"
    line = _raised(database, insert)
    assert line.startswith('expected rows that the constraints allow, got "duplicate key value')
    assert USER not in line


def test_a_snapshot_that_is_gone_is_said(database: str) -> None:
    """Its holder was cut off, or another server answers."""
    gone = "expected the run's snapshot, got .*: run it again"
    with (
        pytest.raises(DatabaseError, match=gone),
        session(database, snapshot="00000003-0000001B-1") as connection,
    ):
        connection.cursor().execute("SELECT 1")


def test_no_connection_left_is_said(database: str) -> None:
    with session(database) as connection:
        connection.cursor().execute("CREATE ROLE crowded LOGIN CONNECTION LIMIT 0")
    try:
        line = _raised(database.replace("//postgres@", "//crowded@"), "SELECT")
    finally:
        with session(database) as connection:
            connection.cursor().execute("DROP ROLE crowded")
    assert line.startswith("expected a free connection at postgresql://crowded@/")


@pytest.mark.pooler
def test_a_pooler_that_gives_no_connection_is_told_apart(postgres_url: str) -> None:
    with pgbouncer(postgres_url, size=1, wait_s=1) as pooler, session(pooler.url()) as first:
        first.cursor().execute("SELECT 1")
        line = _raised(pooler.url(), "SELECT 1")
    assert line.startswith('expected a free connection of the pooler, got "query_wait_timeout')
