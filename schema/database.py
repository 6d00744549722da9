"""The one place that opens a connection to Postgres.

Every failure becomes one line that says what was expected, what came and what to do. None
holds a password: libpq prints none of a well-formed URL, and a malformed one goes no further.

Nothing that is set here outlives its transaction. Behind a pooler in transaction mode, the
connection that a setting stays on belongs to somebody else a moment later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, cast

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_IDLE
from psycopg2.extensions import connection as Connection  # noqa: N812
from psycopg2.extensions import cursor as Cursor  # noqa: N812
from psycopg2.sql import Composable

from schema.database_errors import our_errors
from schema.database_url import checked, redacted
from schema.errors import DatabaseError

__all__ = ["Connection", "Cursor", "connect", "redacted", "session"]

CONNECT_TIMEOUT_S = 10
# What libpq or a pooler says, and what we wanted instead. The first match counts.
EXPECTED = (
    (
        r"password authentication failed|no password supplied|SASL authentication|Wrong password",
        "an accepted user and password",
    ),
    (r'database ".*" does not exist|no such database', "an existing database"),
    (r'role ".*" does not exist|no such user|Tenant or user not found', "an existing user"),
    (r"could not translate host name", "a known host"),
    (r"timeout expired", "an answer within {timeout} s"),
    (r"Connection refused|No such file or directory", "a running server"),
    (r"too many (connections|clients)|no more connections|[Mm]ax client", "a free connection"),
    (r"SSL", "a server that agrees about sslmode"),
)
_SETTINGS = """
SET LOCAL TIME ZONE 'UTC';
SET LOCAL jit = off;
SET LOCAL row_security = off;
SELECT set_config(
    'search_path',
    concat_ws(', ', nullif(current_setting('search_path'), ''), quote_ident(nspname)),
    true
) FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
WHERE extname = 'vector' AND nspname <> ALL (current_schemas(false));
"""
"""Compiling expressions costs seconds, since queries over sound rows look dear to the planner. Row
security that hides rows is an error. pgvector may lie in a schema of its own, as Supabase has it.
"""
_PATIENCE = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;"
_PATIENCE_OF_17 = "SET LOCAL transaction_timeout = 0;"


class _Cursor(Cursor):
    """Begins each transaction with the settings of its connection, in the same round trip."""

    def execute(self, query: Any, variables: Any = None) -> None:
        """Prepends them where this statement is a transaction's first."""
        if not self._is_first():
            return super().execute(query, variables)
        if self.name:  # psycopg2 declares the server's cursor by a text of its own
            self._begin()
            return super().execute(query, variables)
        text = query.as_string(self) if isinstance(query, Composable) else query
        head = cast("_Connection", self.connection).beginning
        first = head.encode() + text if isinstance(text, bytes) else head + text
        return super().execute(first, variables)

    def copy_expert(self, sql: Any, file: Any, size: int = 8192) -> None:
        """COPY takes no other statement beside it."""
        if self._is_first():
            self._begin()
        super().copy_expert(sql, file, size)

    def _is_first(self) -> bool:
        status = self.connection.info.transaction_status
        return status == TRANSACTION_STATUS_IDLE and not self.connection.autocommit

    def _begin(self) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT")


class _Connection(Connection):
    """A connection that knows what each of its transactions begins with."""

    beginning = ""


def connect(
    url: str,
    *,
    readonly: bool = False,
    patient: bool = False,
    snapshot: str = "",
    application_name: str = "two-tower-tfx",
) -> Connection:
    """Open a connection whose transactions speak UTC, find pgvector, and refuse hidden rows.

    Args:
        url: `postgresql://user:password@host:port/database?sslmode=require`, or `postgres://`.
        readonly: Whether every transaction of the session refuses to write.
        patient: Whether statements may take as long as they need, whatever the role's time-outs.
        snapshot: Exported by another transaction that is open still: all of this session's see
            the database as that one does.
        application_name: What `pg_stat_activity` shows for this session.

    Returns:
        A psycopg2 connection outside any transaction; the caller closes it. Settings hold for a
        transaction each; in autocommit mode there are none.

    Raises:
        DatabaseError: The address is malformed, nobody answers, or the server refuses.
    """
    address = checked(url)
    try:
        opened: _Connection = psycopg2.connect(
            address,
            connect_timeout=CONNECT_TIMEOUT_S,
            application_name=application_name,
            connection_factory=_Connection,
            cursor_factory=_Cursor,
        )
    except psycopg2.Error as error:
        # The cause is dropped: its text may span lines, and a traceback would print it.
        raise _refused(address, " ".join(str(error).split())) from None
    opened.set_session(readonly=readonly, isolation_level="REPEATABLE READ" if snapshot else None)
    opened.beginning = _beginning(opened.server_version, patient=patient, snapshot=snapshot)
    return opened


@contextmanager
def session(
    url: str, *, readonly: bool = False, patient: bool = False, snapshot: str = ""
) -> Iterator[Connection]:
    """A connection for a block: committed where that ends well, closed in any case.

    Raises:
        DatabaseError: as of `connect`; and for every psycopg2 error of the block.
    """
    opened = connect(url, readonly=readonly, patient=patient, snapshot=snapshot)
    with closing(opened), our_errors(opened):
        try:
            yield opened
        except BaseException:
            if not opened.closed:  # else a second error would hide the first
                opened.rollback()
            raise
        opened.commit()


def _beginning(version: int, *, patient: bool, snapshot: str) -> str:
    """SQL; a snapshot must come before any query."""
    parts = [_SETTINGS]
    if patient:
        parts.append(_PATIENCE + (_PATIENCE_OF_17 if version >= 170_000 else ""))  # noqa: PLR2004
    if snapshot:
        parts.insert(0, f"SET TRANSACTION SNAPSHOT '{re.sub('[^0-9A-Fa-f-]', '', snapshot)}';")
    return "\n".join(parts)


def _refused(url: str, reason: str) -> DatabaseError:
    expected = next((text for said, text in EXPECTED if re.search(said, reason)), "a connection")
    return DatabaseError(
        f"{expected.format(timeout=CONNECT_TIMEOUT_S)} at {redacted(url)}",
        f'"{reason}"',
        "start the server or correct DATABASE_URL",
    )
