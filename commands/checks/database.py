"""Checks of the database, on one connection whose every transaction is rolled back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from commands.checks.check import Checks, Remark
from components.moment.cut import cut_windows
from components.moment.snapshot import export_snapshot, is_joinable
from pipeline.preflight import missing_rights
from pipeline.settings import Settings
from releases.price import dear_lines
from schema.database import Connection, session
from schema.embedding_tables import check_embedding_tables
from schema.errors import DatabaseError
from schema.pooling import Pooling, pooling_of
from schema.source_tables import (
    check_pgvector,
    check_primary,
    check_server,
    check_source_tables,
)
from schema.table_keys import tables_without_key

__all__ = ["CHECKS", "Site"]

CLOCKS_APART_S = 5.0
JOINED_WITHIN_S = 1.0
_LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})


class Site(NamedTuple):
    """What is looked at: settings, the database's URL, and a connection to it."""

    settings: Settings
    url: str
    connection: Connection


def check_version(site: Site) -> str:
    """The server's version, and that it can be written to."""
    check_server(site.connection.server_version)
    with session(site.url, readonly=True) as reading:  # a standby refuses any other
        check_primary(reading)
    return f"PostgreSQL {_one(site, 'SHOW server_version')}"


def check_encoding(site: Site) -> str:
    """Text is normalised by SQL, which PostgreSQL does in UTF-8 alone."""
    found = str(_one(site, "SHOW server_encoding"))
    if found != "UTF8":
        raise DatabaseError("a database in UTF8", found, "make one by CREATE DATABASE … ENCODING")
    return found


def check_tls(site: Site) -> str | Remark:
    """Whether the connection is encrypted; one within this machine need not be."""
    info = site.connection.info
    if info.ssl_in_use:
        return str(info.ssl_attribute("protocol") or "yes")
    if info.host.startswith("/") or info.host in _LOCAL:
        return "none, within this machine"
    return Remark("none: data and password are readable on the way", "add ?sslmode=require")


def check_extension(site: Site) -> str:
    """Pgvector's version, and the schema that it is in."""
    check_pgvector(site.connection)
    return str(
        _one(
            site,
            "SELECT format('pgvector %s in schema %s', extversion, nspname) FROM pg_extension"
            " JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'vector'",
        )
    )


def check_tables(site: Site) -> str:
    """Tables, columns, types and rights to read, as schema/tables.sql wants them; rows in them."""
    check_source_tables(site.connection, mirror=site.settings.mirror)
    return "all there, as schema/tables.sql names them"


def check_keys(site: Site) -> str | Remark:
    """Source tables with a unique key: without one a run looks for rows that come twice."""
    without = sorted(tables_without_key(site.connection))
    if without:
        return Remark(f"none on {', '.join(without)}", "a run is slower: add primary keys")
    return "each table has one"


def check_windows(site: Site) -> str:
    """Enough decisions, with likes, in each of the time windows."""
    windows, _ = cut_windows(site.connection, site.settings.window_rule)
    return f"train until {windows.train_end:%Y-%m-%d}, eval until {windows.eval_end:%Y-%m-%d}"


def check_mirror(site: Site) -> str:
    """The application's embedding tables can take our rows."""
    if not site.settings.mirror:
        return "MIRROR=0"
    check_embedding_tables(site.connection)
    return "both tables have a key, and no further column that must be filled"


def check_rights(site: Site) -> str:
    """The run's own statements, on no rows."""
    failures = missing_rights(site.connection, site.settings)
    if len(failures) == 1:
        raise failures[0]
    if failures:
        raise DatabaseError.saying("; ".join(map(str, failures)))
    return "every statement of a run succeeds, and is rolled back"


def check_pooling(site: Site) -> str | Remark:
    """Direct, or by a pooler in which mode; and whether readers can share a snapshot."""
    found = pooling_of(site.url)
    if not is_joinable(site.url, export_snapshot(site.connection), JOINED_WITHIN_S):
        return Remark(
            f"{found}, with one connection",
            "readers share the time windows alone: give the pooler two connections or more",
        )
    if found is Pooling.SESSION:
        return Remark(str(found), "each connection holds one of the pool: two are enough for a run")
    return str(found)


def check_connections(site: Site) -> str:
    """Free ones, for the snapshot and each node that reads."""
    needed = site.settings.nodes_at_once + 1
    free = int(
        _one(
            site,
            "SELECT least(current_setting('max_connections')::int"
            " - current_setting('superuser_reserved_connections')::int"
            " - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),"
            " (SELECT CASE WHEN rolconnlimit < 0 THEN 1e6 ELSE rolconnlimit -"
            " (SELECT count(*) FROM pg_stat_activity WHERE usename = current_user) END"
            " FROM pg_roles WHERE rolname = current_user))::int",
        )
    )
    if free < needed and pooling_of(site.url) is Pooling.DIRECT:
        raise DatabaseError(
            f"{needed} free connections", f"{free}",
            "raise max_connections or the role's limit, lower NODES_AT_ONCE, or use a pooler",
        )  # fmt: skip
    return f"{needed} or more are free"


def check_time_outs(site: Site) -> str | Remark:
    """A run switches those of statements off; one on locks, or on idle sessions, stays."""
    names = ("statement_timeout", "lock_timeout", "idle_session_timeout")
    with site.connection.cursor() as cursor:
        # Not by SHOW: our own transactions begin with others.
        cursor.execute(
            "SELECT name, reset_val || coalesce(' ' || unit, '') FROM pg_settings"
            " WHERE name = ANY (%s) AND reset_val <> '0' ORDER BY name",
            (list(names),),
        )
        set_ = dict(cursor.fetchall())
    said = ", ".join(f"{name} {value}" for name, value in set_.items()) or "none"
    if {"lock_timeout", "idle_session_timeout"} & set_.keys():
        return Remark(said, "ALTER ROLE … SET lock_timeout = 0 and idle_session_timeout = 0")
    if set_:
        return f"{said}, which a run switches off"
    return said


def check_clock(site: Site) -> str:
    """Both clocks agree: features are as of now, and windows are cut by moments of rows."""
    asked = datetime.now(UTC)
    server: Any = _one(site, "SELECT clock_timestamp()")
    apart = abs((server - asked).total_seconds())
    if apart > CLOCKS_APART_S:
        raise DatabaseError(
            f"clocks at most {CLOCKS_APART_S:g} s apart", f"{apart:,.0f} s",
            "set the time of this machine, or of the server, by NTP",
        )  # fmt: skip
    return f"{apart:.1f} s apart"


def check_cost(site: Site) -> str | Remark:
    """Indexes, triggers and publications on the application's tables that make a release dear."""
    dear = dear_lines(site.connection) if site.settings.mirror else []
    if dear:
        said = [line.removeprefix("dear: ").partition(": ") for line in dear]
        remedy = next((advice for _, _, advice in said if advice), "drop it, or set MIRROR=0")
        return Remark("; ".join(what for what, _, _ in said), remedy)
    return "no index on vectors, no trigger by row, no publication"


def _one(site: Site, statement: str) -> Any:
    with site.connection.cursor() as cursor:
        cursor.execute(statement)
        return (cursor.fetchone() or (None,))[0]


CHECKS: Checks[Site] = {
    "server": check_version,
    "encoding": check_encoding,
    "TLS": check_tls,
    "extension": check_extension,
    "tables": check_tables,
    "keys": check_keys,
    "windows": check_windows,
    "mirror": check_mirror,
    "rights": check_rights,
    "pooling": check_pooling,
    "connections": check_connections,
    "time-outs": check_time_outs,
    "clock": check_clock,
    "cost of a release": check_cost,
}
