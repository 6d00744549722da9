"""psycopg2's errors in our form: expected, got, what to do.

A server's message may quote a value, and its DETAIL a whole row. The message is passed on with ids
hidden, the DETAIL is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812

from schema.errors import DatabaseError, LostConnectionError

__all__ = ["in_our_form", "one_line", "our_errors", "without_ids"]

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SERVER, _CONNECTION = "the server to go on", "the connection to last"
_RERUN = "run it again: finished nodes are taken from the cache"


class _Case(NamedTuple):
    """Expectation and advice for errors whose state code begins with `code`, and text matches."""

    code: str
    text: str
    expected: str
    advice: str


_CASES = (
    _Case(
        "42501", "row-level security", "a role that sees every row",
        "let row-level security not apply to it: ALTER ROLE … BYPASSRLS, see serving/roles.sql",
    ),
    _Case(
        "42501", "", "the rights that a run needs",
        "grant them, or use another role; serving/roles.sql lists them all",
    ),
    _Case("57014", "statement timeout", "the statement to end", "raise statement_timeout"),
    _Case("57014", "", "the statement to end", _RERUN),
    _Case("57P0|$", "administrator|shutting down|recovery", _SERVER, _RERUN),
    _Case("53100", "", "disk space on the server", "free some there, then run it again"),
    _Case("53200", "", "memory on the server", "give it more, or lower READERS and NODES_AT_ONCE"),
    _Case("53300", "", "a free connection", "raise max_connections or use the pooler"),
    _Case("53", "", "resources on the server", "free some there, then run it again"),
    _Case("25006", "", "a server that can be written to", "name the primary in DATABASE_URL"),
    _Case(
        "22023|42704", "snapshot", "the run's snapshot",
        "run it again: the connection that held it was lost, or leads to another server",
    ),
    _Case("40", "", "no other writer at these rows", _RERUN),
    _Case("55P03", "", "the lock within lock_timeout", _RERUN),
    _Case("42", "", "the tables of schema/tables.sql", "change them, or views of those names"),
    _Case("22", "", "values of the types in schema/tables.sql", "fix them, or hide them by a view"),
    _Case(
        "23", "", "rows that the constraints allow",
        "change them: docs/databases.md lists what a run writes",
    ),
    _Case(
        "$", "query_wait_timeout|no more connections|[Mm]ax client|pool_size",
        "a free connection of the pooler",
        "raise its pool, or connect directly; docs/databases.md says how many a run needs",
    ),
    _Case(r"$", "", _CONNECTION, _RERUN),
    _Case("", "", "a statement that the server accepts", "see the server's log"),
)  # fmt: skip
"""The first match counts. Codes: PostgreSQL's documentation, appendix A; the error of a lost
connection has no code."""


@contextmanager
def our_errors(connection: Connection | None = None) -> Iterator[None]:
    """Turns every psycopg2 error of the block into ours, without the original as its cause.

    Args:
        connection: source of the server's last message, which psycopg2 leaves out if the
            connection was lost.

    Raises:
        DatabaseError: in place of a psycopg2 error.
    """
    try:
        yield
    except psycopg2.Error as error:
        raise in_our_form(error, last_word=_last_word(connection)) from None


def in_our_form(error: psycopg2.Error, of: str = "", last_word: str = "") -> DatabaseError:
    """The error in one line; `of` names the action, such as "writing user_embeddings"."""
    code, text = error.pgcode or "", one_line(error, last_word)
    case = next(c for c in _CASES if re.match(c.code, code) and re.search(c.text, text))
    kind = LostConnectionError if case.expected in {_SERVER, _CONNECTION} else DatabaseError
    return kind(case.expected + (f" for {of}" if of else ""), f'"{text}"', case.advice)


def one_line(error: psycopg2.Error, last_word: str = "") -> str:
    """The server's message without its DETAIL, else the client's first line; ids hidden."""
    said = error.diag.message_primary or last_word or next(iter(str(error).splitlines()), "")
    return without_ids(" ".join(said.split()) or type(error).__name__)


def _last_word(connection: Connection | None) -> str:
    last = connection.info.error_message if connection else None
    return next(iter((last or "").splitlines()), "").removeprefix("FATAL:  ")


def without_ids(text: str) -> str:
    """The text with `<id>` in place of every UUID."""
    return _UUID.sub("<id>", text)
