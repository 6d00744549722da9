"""The one place that opens a connection to Postgres.

Every failure becomes one line that says what was expected, what came and what to do. None
holds a password: libpq prints none of a well-formed URL, and a malformed one goes no further.
"""

from __future__ import annotations

import re

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812

from schema.errors import DatabaseError

__all__ = ["Connection", "connect", "redacted"]

CONNECT_TIMEOUT_S = 10
# What libpq says, and what we wanted instead. The first match counts.
EXPECTED = (
    (r"password authentication failed|no password supplied", "an accepted user and password"),
    (r'database ".*" does not exist', "an existing database"),
    (r'role ".*" does not exist', "an existing user"),
    (r"could not translate host name", "a known host"),
    (r"timeout expired", f"an answer within {CONNECT_TIMEOUT_S} s"),
    (r"Connection refused|No such file or directory", "a running server"),
    (r"\bSSL\b", "a server that agrees about sslmode"),
)


def connect(
    url: str, *, readonly: bool = False, application_name: str = "two-tower-tfx"
) -> Connection:
    """Open a connection whose session speaks UTC and compiles no expressions.

    Args:
        url: `postgresql://user:password@host:port/database?sslmode=require`, or `postgres://`.
        readonly: Whether every transaction of the session refuses to write.
        application_name: What `pg_stat_activity` shows for this session.

    Returns:
        A psycopg2 connection outside any transaction; the caller closes it.

    Raises:
        DatabaseError: The address is malformed, nobody answers, or the server refuses.
    """
    _check_form(url)
    try:
        opened = psycopg2.connect(
            url, connect_timeout=CONNECT_TIMEOUT_S, application_name=application_name
        )
        opened.set_session(readonly=readonly)
        # A statement, since poolers refuse the start-up parameter `options`.
        with opened, opened.cursor() as cursor:
            # Queries over sound rows look dear to the planner, and compiling them costs seconds.
            cursor.execute("SET TIME ZONE 'UTC'; SET jit = off")
    except psycopg2.Error as error:
        # The cause is dropped: its text may span lines, and a traceback would print it.
        raise _explained(url, " ".join(str(error).split())) from None
    return opened


def redacted(url: str) -> str:
    """The address with `***` for every password in it, well-formed or not; safe to log."""
    without = re.sub(r"(//[^:@/]*):.*@", r"\1:***@", url)
    return re.sub(r"(password=)[^&]*", r"\1***", without)


def _check_form(url: str) -> None:
    """Stop what libpq would misread, and then print with a part of the password in it."""
    if not url.startswith(("postgresql://", "postgres://")):
        raise DatabaseError("a URL postgresql://...", "another form", "correct DATABASE_URL")
    password = re.match(r"\w+://[^:@/]*:([^?]*)@", url)
    if password and not re.fullmatch(r"([^@/%]|%[0-9A-Fa-f]{2})*", password[1]):
        raise DatabaseError(
            "a password whose @, / and % are written %40, %2F and %25",
            "one of them as it is",
            "correct DATABASE_URL",
        )


def _explained(url: str, reason: str) -> DatabaseError:
    expected = next((text for said, text in EXPECTED if re.search(said, reason)), "a connection")
    return DatabaseError(
        f"{expected} at {redacted(url)}", f'"{reason}"', "start the server or correct DATABASE_URL"
    )
