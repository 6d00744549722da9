"""What `two-tower status` looks at: database, ML Metadata, service and model server.

Each look is short, and what does not answer is a word in the result, not an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import orjson
import psycopg2
import urllib3

from pipeline.local.present import present_database
from pipeline.run_history import PastRun, last_runs
from pipeline.settings import Settings
from releases.additions import lacking_ids
from releases.registry import read_pointer
from releases.vectors import KEYS
from schema.database import Connection, session, with_statement_timeout
from schema.errors import DatabaseError, ModelServerError
from schema.signatures import MODEL_NAME
from serving.model_client import ModelServerClient

__all__ = ["COUNTED", "Database", "Server", "Status", "look"]

COUNTED = 1000
"""Users, or videos, without a vector: counted up to here."""
RUNS = 5
_WITHIN_S = 0.3
"""Time-out of each statement and request."""


@dataclass(frozen=True)
class Database:
    """The database's part.

    Attributes:
        problem: why nothing is known; else empty.
        live: the live version; empty if there is none.
        previous: the one that was live before.
        since: when it went live.
        age_s: seconds since then.
        without_vector: by side, users and videos that the live version lacks, at most COUNTED;
            None if they could not be counted in time.
    """

    problem: str = ""
    live: str = ""
    previous: str = ""
    since: datetime | None = None
    age_s: float | None = None
    without_vector: dict[str, int | None] | None = None


@dataclass(frozen=True)
class Server:
    """A server: its URL, whether it works, and its parts (dependencies, or versions) in a word."""

    url: str
    state: str
    parts: dict[str, str]


@dataclass(frozen=True)
class Status:
    """How things stand."""

    database: Database
    runs: list[PastRun]
    service: Server
    model_server: Server


def look(settings: Settings) -> Status:
    """Now."""
    return Status(
        _database(settings),
        last_runs(settings.metadata, RUNS),
        _service(settings.service_url),
        _model_server(settings.model_server_url),
    )


def _database(settings: Settings) -> Database:
    try:
        with present_database(settings) as url:
            if not url:
                return Database("none yet: `make run` makes one")
            with session(url, readonly=True) as connection:
                with_statement_timeout(connection, _WITHIN_S)
                return _read(connection)
    except DatabaseError as error:
        return Database(str(error))


def _read(connection: Connection) -> Database:
    pointer = read_pointer(connection)
    if pointer.since is None:
        return Database("")
    connection.commit()
    age_s = (datetime.now(UTC) - pointer.since).total_seconds()
    lacking = {f"{side}s": _lacking(connection, side, pointer.version) for side in KEYS}
    return Database("", pointer.version, pointer.previous, pointer.since, round(age_s, 1), lacking)


def _lacking(connection: Connection, side: Any, version: str) -> int | None:
    try:
        return len(lacking_ids(connection, side, version, COUNTED))
    except psycopg2.Error:  # not in time, or no right to read it
        connection.rollback()
        return None


def _service(root: str) -> Server:
    """By /readyz; the parts are the dependencies, breakers included, as the service names them."""
    try:
        reply = urllib3.request(
            "GET", f"{root.rstrip('/')}/readyz", timeout=_WITHIN_S, retries=False
        )
        document = orjson.loads(reply.data)
        parts = {str(name): str(state) for name, state in document["dependencies"].items()}
    except urllib3.exceptions.HTTPError:
        return Server(root, "not running", {})
    except (orjson.JSONDecodeError, LookupError, AttributeError, TypeError):
        return Server(root, "another server", {})
    return Server(root, "ready" if reply.status == HTTPStatus.OK else "not ready", parts)


def _model_server(url: str) -> Server:
    if not url:
        return Server("", "embedded: it runs with `make serve` and `make run`", {})
    with ModelServerClient(
        url, MODEL_NAME, connect_timeout_s=_WITHIN_S, read_timeout_s=_WITHIN_S, retry_for_s=0
    ) as client:
        try:
            return Server(url, "ready", client.versions())
        except ModelServerError as error:
            return Server(url, str(error), {})
