"""The one place that opens a connection to Postgres.

Every failure becomes one line that says what was expected, what came and what to do, and
that never holds a password: libpq's own messages name hosts and users but not passwords,
and the address is shown without its password.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812

from schema.errors import DatabaseError

__all__ = ["Connection", "connect", "redacted"]

CONNECT_TIMEOUT_S = 10
SCHEMES = ("postgresql", "postgres")
# What libpq says, what that means, what to do. The first match counts.
ADVICE = (
    (r"password authentication failed|no password supplied", "a user and password it accepts"),
    (r'database ".*" does not exist', "a database of that name"),
    (r'role ".*" does not exist', "a user of that name"),
    (r"could not translate host name", "a host name that resolves"),
    (r"timeout expired", f"an answer within {CONNECT_TIMEOUT_S} s"),
    (r"Connection refused|No such file or directory", "a PostgreSQL server at that address"),
    (r"SSL|ssl", "an agreement about sslmode"),
)


def connect(
    url: str, *, readonly: bool = False, application_name: str = "two-tower-tfx"
) -> Connection:
    """Open a connection whose session speaks UTC.

    Args:
        url: `postgresql://user:password@host:port/database?sslmode=require`, or `postgres://`.
        readonly: Whether every transaction of the session refuses to write.
        application_name: What `pg_stat_activity` shows for this session.

    Returns:
        A psycopg2 connection outside any transaction; the caller closes it.

    Raises:
        DatabaseError: The address is malformed, nobody answers, or the server refuses.
    """
    if urlsplit(url).scheme not in SCHEMES:
        raise DatabaseError("a URL postgresql://...", "another scheme", "set DATABASE_URL so")
    try:
        opened = psycopg2.connect(
            url, connect_timeout=CONNECT_TIMEOUT_S, application_name=application_name
        )
        # A pooler between us and the server may refuse `options`, so these are statements.
        opened.set_session(readonly=readonly)
        with opened, opened.cursor() as cursor:
            cursor.execute("SET TIME ZONE 'UTC'")
    except psycopg2.Error as error:
        raise _explained(url, error) from None
    return opened


def redacted(url: str) -> str:
    """The address with `***` for the password, wherever it stands; safe to log."""
    try:
        parts = urlsplit(url)
        query = [(k, "***" if "password" in k else v) for k, v in parse_qsl(parts.query)]
    except ValueError:
        return "postgresql://***"
    user, at, host = parts.netloc.rpartition("@")
    name, colon, _ = user.partition(":")
    netloc = f"{name}{':***' if colon else ''}{at}{host}"
    return urlunsplit((parts.scheme, netloc, parts.path, urlencode(query, safe="/*"), ""))


def _explained(url: str, error: psycopg2.Error) -> DatabaseError:
    reason = _without_password(url, " ".join(str(error).split()))
    wanted = next((text for pattern, text in ADVICE if re.search(pattern, reason)), "a connection")
    return DatabaseError(
        f"{wanted} at {redacted(url)}", f'"{reason}"', "correct DATABASE_URL or start the server"
    )


def _without_password(url: str, text: str) -> str:
    try:
        password = urlsplit(url).password
    except ValueError:
        return "a malformed URL"
    for secret in filter(None, (password, quote(password or ""))):
        text = text.replace(secret, "***")
    return text
