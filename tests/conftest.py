"""Fixtures: one PostgreSQL per session, one fresh database per test, one browser per file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser

from pipeline.local.postgres import DATABASE, embedded_postgres, open_folder
from schema.database import connect
from tests.axe import axe_script
from tests.browser import chromium
from tests.deno import Deno, deno_of

os.environ["TF_USE_LEGACY_KERAS"] = "1"  # before anything imports TensorFlow

TABLES_SQL = Path(__file__).parents[1] / "schema" / "tables.sql"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--required postgres,tfx`: a group without a test that ran fails the session."""
    parser.addoption("--soak", default=0, help="rounds of the long tests of releases")
    parser.addoption("--required", default="", help="groups of which some test must have run")


def pytest_report_header() -> str:
    """PostgreSQL, model server and cores of this machine."""
    server = shutil.which("tensorflow_model_server") or "the embedded one"
    return f"PostgreSQL: embedded; model server: {server}; {os.cpu_count()} cores"


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fails the session where a required group was skipped as a whole."""
    required = {name for name in session.config.getoption("--required").split(",") if name}
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not required or reporter is None:
        return
    passed = {report.nodeid for report in reporter.stats.get("passed", [])}
    items = [item for item in session.items if item.nodeid in passed]
    ran = {mark.name for item in items for mark in item.iter_markers()}
    missing = required - ran
    if missing:
        reporter.write_line(f"required, but no test ran: {', '.join(sorted(missing))}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for the tests of one file: its driver occupies the thread's event loop."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def axe(pytestconfig: pytest.Config) -> str:
    """The script of axe-core, kept in pytest's cache."""
    return axe_script(pytestconfig.cache.mkdir("axe-core"))


@pytest.fixture(scope="session")
def deno(pytestconfig: pytest.Config) -> Deno:
    """Deno and the packages of the edge function, kept in pytest's cache."""
    return deno_of(pytestconfig.cache.mkdir("deno"))


@pytest.fixture(scope="session")
def postgres_folder() -> Iterator[Path]:
    """A data folder outside pytest's own, which pytest closes to the user `nobody`."""
    with open_folder("two-tower-test-") as folder:
        yield folder / "postgres"


@pytest.fixture(scope="session")
def postgres_url(postgres_folder: Path) -> Iterator[str]:
    """The address of an empty database on a server of this session's own."""
    with embedded_postgres(postgres_folder) as url:
        yield url


@pytest.fixture
def database(postgres_url: str) -> Iterator[str]:
    """The address of a new database with the tables of schema/tables.sql, all empty."""
    name = f"test_{uuid4().hex}"
    _execute(postgres_url, f"CREATE DATABASE {name}")
    url = postgres_url.replace(f"/{DATABASE}?", f"/{name}?")
    _execute(url, TABLES_SQL.read_text(encoding="utf-8"))
    yield url
    _execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


def _execute(url: str, statement: str) -> None:
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(statement)
