"""psycopg2's errors in our form: what was expected, what came, what to do.

A server's message may quote a value and its DETAIL a whole row; only the first is passed on, with
ids hidden.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import psycopg2

from schema.errors import DatabaseError

__all__ = ["in_our_form", "one_line", "our_errors", "without_ids"]

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_RERUN = "run it again: finished nodes are taken from the cache"


class _Case(NamedTuple):
    """What is expected and advised where the state code and the text match."""

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
    _Case("57P0", "", "the server to go on", _RERUN),
    _Case("53100", "", "disk space on the server", "free some there, then run it again"),
    _Case("53200", "", "memory on the server", "give it more, or lower READERS and NODES_AT_ONCE"),
    _Case("53300", "", "a free connection", "raise max_connections or use the pooler"),
    _Case("53", "", "resources on the server", "free some there, then run it again"),
    _Case("25006", "", "a server that can be written to", "name the primary in DATABASE_URL"),
    _Case(
        "22023", "snapshot", "the run's snapshot",
        "run it again: the connection that held it was lost, or leads to another server",
    ),
    _Case("40", "", "no other writer at these rows", _RERUN),
    _Case("55P03", "", "the lock within lock_timeout", _RERUN),
    _Case("42", "", "the tables of schema/tables.sql", "change them, or views of those names"),
    _Case("22", "", "values of the types in schema/tables.sql", "fix them, or hide them by a view"),
    _Case(
        "", "query_wait_timeout|no more connections|max clients|Max client|pool_size|Timeout error",
        "a free connection of the pooler",
        "raise its pool, or connect directly; docs/databases.md says how many a run needs",
    ),
    _Case("", "", "the connection to last", _RERUN),
)  # fmt: skip
"""The first that matches counts. Codes: PostgreSQL's documentation, appendix A; by their head."""


@contextmanager
def our_errors() -> Iterator[None]:
    """Every psycopg2 error of the block comes out as ours, without the original's text behind it.

    Raises:
        DatabaseError: in its place.
    """
    try:
        yield
    except psycopg2.Error as error:
        raise in_our_form(error) from None


def in_our_form(error: psycopg2.Error, of: str = "") -> DatabaseError:
    """The one line; `of` names what was done, as "writing user_embeddings"."""
    code, text = error.pgcode or "", one_line(error)
    case = next(c for c in _CASES if code.startswith(c.code) and re.search(c.text, text))
    return DatabaseError(case.expected + (f" for {of}" if of else ""), f'"{text}"', case.advice)


def one_line(error: psycopg2.Error) -> str:
    """The server's message without its DETAIL, else the client's first line; ids hidden."""
    said = error.diag.message_primary or next(iter(str(error).splitlines()), type(error).__name__)
    return without_ids(" ".join(said.split()))


def without_ids(text: str) -> str:
    """The text with `<id>` for every UUID."""
    return _UUID.sub("<id>", text)
