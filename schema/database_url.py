"""Check and redaction of a database URL; nothing that could be a password is ever shown.

A URL is parsed by one strict grammar. One that does not match is refused before libpq sees it,
because libpq quotes a malformed URL in its error, and no part of it is shown.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

import psycopg2
from psycopg2.extensions import parse_dsn

from schema.errors import DatabaseError

__all__ = ["checked", "redacted"]

_PHRASE = r"(?:[^@/%\s]|%[0-9A-Fa-f]{2})*"
_NAME = r"(?:[^:@/%?#\s]|%[0-9A-Fa-f]{2})*"
_HOST = r"(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})*|\[[0-9A-Fa-f:.]+\]"
_HOSTS = rf"(?:{_HOST})(?::\d*)?(?:,(?:{_HOST})(?::\d*)?)*"
_OPTION = r"[A-Za-z_]+=(?:[A-Za-z0-9._~!$'()*+,;:/-]|%[0-9A-Fa-f]{2})*"
_URL = re.compile(
    rf"postgres(?:ql)?://(?:(?P<user>{_NAME})(?P<password>:{_PHRASE})?@)?"
    rf"(?P<hosts>{_HOSTS})(?:/(?P<database>{_NAME}))?"
    rf"(?:\?(?P<options>{_OPTION}(?:&{_OPTION})*)?)?",
    re.ASCII,
)
_SHOWN = frozenset({"host", "port", "dbname", "user", "sslmode", "application_name"})
_FOREIGN = {
    "pgbouncer", "schema", "connection_limit", "pool_timeout", "statement_cache_size",
    "prepareThreshold", "sslaccept", "socket_timeout", "pool_mode", "workaround", "supa",
}  # fmt: skip
"""Options of other libraries, which libpq refuses; these names are safe to show."""


def checked(url: str) -> str:
    """The URL, stripped of surrounding white space, if libpq can read it.

    Raises:
        DatabaseError: it has another form, or an option that libpq does not know. Only known
            options of other libraries are named.
    """
    text = url.strip()
    if not text.startswith(("postgresql://", "postgres://")):
        raise DatabaseError("a URL postgresql://...", "another form", "correct DATABASE_URL")
    _refuse_foreign_options(text)
    if not _URL.fullmatch(text):
        raise DatabaseError(
            "a URL postgresql://user:password@host:port/database?sslmode=require",
            "another form",
            "write @, / and % of a user or password as %40, %2F and %25",
        )
    try:
        parse_dsn(text)
    except psycopg2.Error:
        # Without libpq's message, which may quote the end of a password.
        raise DatabaseError(
            "options of a URL that libpq knows, such as sslmode",
            "another one, or one without a value",
            "remove it; write & and = of a password as %26 and %3D",
        ) from None
    return text


def redacted(url: str) -> str:
    """The address, safe to log: `***` replaces all that is not known to be harmless."""
    parts = _URL.fullmatch(url.strip())
    if not parts:
        return "a URL of another form"
    user = "" if parts["user"] is None else parts["user"] + (":***@" if parts["password"] else "@")
    database = "" if parts["database"] is None else f"/{parts['database']}"
    options = "&".join(_shown(option) for option in (parts["options"] or "").split("&") if option)
    return f"postgresql://{user}{parts['hosts']}{database}" + (f"?{options}" if options else "")


def _shown(option: str) -> str:
    name, _, value = option.partition("=")
    if name in _SHOWN:
        return f"{name}={value}"
    return f"{name}=***" if name in {"password", "options"} or name in _FOREIGN else "***"


def _refuse_foreign_options(text: str) -> None:
    query = text.rpartition("?")[2] if "?" in text else ""
    names = {unquote(option.partition("=")[0]) for option in query.split("&")}
    found = sorted(names & _FOREIGN)
    if found:
        raise DatabaseError(
            "options of a URL that libpq knows, such as sslmode",
            f"{', '.join(found)}, meant for another library",
            f"remove {' and '.join(found)} from DATABASE_URL",
        )
