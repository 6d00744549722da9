"""The toy world in databases of its own, and `make run`'s command on them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

from schema.database import connect, session
from tests.conftest import TABLES_SQL
from tests.toy_world import ToyWorld, fill

__all__ = ["execute", "run", "toy_database"]


@contextmanager
def toy_database(
    server: str, *, before: str = "", after: str = ""
) -> Iterator[tuple[str, ToyWorld]]:
    """A filled database, gone afterwards; statements before its tables and after its rows."""
    name = f"toy_{uuid4().hex}"
    _admin(server, f"CREATE DATABASE {name}")
    url = server.replace("/two_tower?", f"/{name}?")
    try:
        execute(url, before + TABLES_SQL.read_text(encoding="utf-8"))
        with closing(connect(url)) as connection:
            world = fill(connection)
        execute(url, after or "SELECT")
        yield url, world
    finally:
        _admin(server, f"DROP DATABASE {name} WITH (FORCE)")


def execute(url: str, statement: str) -> list[tuple[object, ...]]:
    """Its rows, if it has any; committed."""
    with session(url) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def run(url: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """`make run` without the set-up."""
    return subprocess.run(
        [sys.executable, "-m", "commands", "run"],
        env={**os.environ, **settings, "FOLDER": str(folder), "DATABASE_URL": url},
        capture_output=True, text=True, check=False, timeout=560,
    )  # fmt: skip


def _admin(server: str, statement: str) -> None:
    with closing(connect(server)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(statement)
