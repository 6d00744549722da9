"""The only module that opens connections to Postgres.

Every failure becomes a one-line error: expected, got, what to do. None contains a password:
libpq does not print that of a well-formed URL, and a malformed URL never reaches libpq.

Settings are local to a transaction. Behind a pooler in transaction mode, a setting of the session
would stay on a server connection that serves another client next.
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
from schema.errors import DatabaseError, LostConnectionError

__all__ = [
    "SETTINGS",
    "Connection",
    "Cursor",
    "connect",
    "redacted",
    "session",
    "with_statement_timeout",
]

CONNECT_TIMEOUT_S = 10
_NOT_RUNNING = (
    r"Connection refused|No such file or directory|the database system is (starting|shutting)"
)
# Pattern of a message of libpq or of a pooler, and what was expected. The first match counts.
EXPECTED = (
    (
        r"password authentication failed|no password supplied|SASL authentication|Wrong password",
        "an accepted user and password",
    ),
    (r'database ".*" does not exist|no such database', "an existing database"),
    (r'role ".*" does not exist|no such user|Tenant or user not found', "an existing user"),
    (r"could not translate host name", "a known host"),
    (r"timeout expired", "an answer within {timeout} s"),
    (_NOT_RUNNING, "a running server"),
    (r"too many (connections|clients)|no more connections|[Mm]ax client", "a free connection"),
    (r"SSL", "a server that agrees about sslmode"),
)
SETTINGS = """
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
"""Without JIT, which would spend seconds: the planner overestimates the cost of queries over valid
rows. With row_security off, hidden rows raise an error. pgvector may be installed in a schema of
its own, as on Supabase."""
_LIMIT = "/* limit */"
_PATIENCE = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;"
_PATIENCE_OF_17 = "SET LOCAL transaction_timeout = 0;"


class _Cursor(Cursor):
    """Sends the settings of its connection along with the first statement of each transaction."""

    def execute(self, query: Any, variables: Any = None) -> None:
        """Prepends the settings if this statement is the first of its transaction."""
        if not self._is_first():
            return super().execute(query, variables)
        if self.name:  # psycopg2 wraps the query in a DECLARE of its own
            self._begin()
            return super().execute(query, variables)
        text = query.as_string(self) if isinstance(query, Composable) else query
        head = cast("_Connection", self.connection).beginning
        first = head.encode() + text if isinstance(text, bytes) else head + text
        return super().execute(first, variables)

    def copy_expert(self, sql: Any, file: Any, size: int = 8192) -> None:
        """Sends the settings first, on their own: COPY cannot share a round trip."""
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
    """A connection with the SQL that each of its transactions begins with."""

    beginning = ""


def connect(
    url: str,
    *,
    readonly: bool = False,
    patient: bool = False,
    snapshot: str = "",
    application_name: str = "two-tower-tfx",
) -> Connection:
    """Open a connection whose transactions use UTC, find pgvector, and fail on hidden rows.

    Args:
        url: `postgresql://user:password@host:port/database?sslmode=require`, or `postgres://`.
        readonly: Whether every transaction of the session is read-only.
        patient: Whether the role's time-outs are switched off.
        snapshot: Exported by another transaction that is still open: every transaction of this
            session sees the database as that one does.
        application_name: Name of this session in `pg_stat_activity`.

    Returns:
        A psycopg2 connection outside any transaction; the caller closes it. Settings apply per
        transaction, and not at all in autocommit mode.

    Raises:
        DatabaseError: The address is malformed, no server answers, or the server refuses.
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


def with_statement_timeout(connection: Connection, seconds: float) -> None:
    """Limit each statement of the next transactions; sent along with their first one."""
    opened = cast("_Connection", connection)
    limit = f"SET LOCAL statement_timeout = {max(int(seconds * 1000), 1)};"
    opened.beginning = f"{opened.beginning.partition(_LIMIT)[0]}{_LIMIT}{limit}"


@contextmanager
def session(
    url: str, *, readonly: bool = False, patient: bool = False, snapshot: str = ""
) -> Iterator[Connection]:
    """A connection for a block: committed if the block succeeds, closed in any case.

    Raises:
        DatabaseError: as `connect` does, and for every psycopg2 error of the block.
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
    """SQL that begins a transaction; SET TRANSACTION SNAPSHOT must precede any query."""
    parts = [SETTINGS]
    if patient:
        parts.append(_PATIENCE + (_PATIENCE_OF_17 if version >= 170_000 else ""))  # noqa: PLR2004
    if snapshot:
        parts.insert(0, f"SET TRANSACTION SNAPSHOT '{re.sub('[^0-9A-Fa-f-]', '', snapshot)}';")
    return "\n".join(parts)


def _refused(url: str, reason: str) -> DatabaseError:
    expected = next((text for said, text in EXPECTED if re.search(said, reason)), "a connection")
    kind = LostConnectionError if re.search(_NOT_RUNNING, reason) else DatabaseError
    return kind(
        f"{expected.format(timeout=CONNECT_TIMEOUT_S)} at {redacted(url)}",
        f'"{reason}"',
        "start the server or correct DATABASE_URL",
    )
