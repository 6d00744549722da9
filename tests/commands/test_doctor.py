"""`two-tower doctor` finds what would end a run, before it trains: some forty planted faults."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections import namedtuple
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any
from uuid import uuid4

import filelock
import psutil
import pytest

from commands.checks import database as database_checks
from commands.checks.check import Outcome, State
from commands.doctor import examined
from pipeline.local.postgres import open_folder
from pipeline.local.postgres_server import PostgresServer
from pipeline.settings import DATABASE_URL, Settings
from releases.experiments.registry import start
from schema.database import connect
from tests.commands.test_main import _command
from tests.commands.test_status import server_with
from tests.conftest import TABLES_SQL
from tests.databases.pgbouncer import pgbouncer
from tests.least_role import Least, least_role
from tests.releases.staging import release

NOBODY = "http://127.0.0.1:9"
MACHINE = 10
"""Checks that need no database."""


def _settings(folder: Path, **more: Any) -> Settings:
    return Settings(folder=folder, service_url=NOBODY, nodes_at_once=2, **more)


def _found(settings: Settings, name: str) -> Outcome:
    (outcome,) = [one for one in examined(settings) if one.name == name]
    return outcome


def _wrong(settings: Settings) -> dict[str, Outcome]:
    """Failures and remarks by name."""
    kept = (State.OK, State.SKIPPED)
    return {one.name: one for one in examined(settings) if one.state not in kept}


@pytest.fixture
def least(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Least]:
    with least_role(database) as world:
        monkeypatch.setenv(DATABASE_URL, world.url)
        yield world


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """No database is named, and none is embedded."""
    monkeypatch.delenv(DATABASE_URL, raising=False)


@pytest.mark.postgres
def test_nothing_is_wrong_with_the_least_role_on_the_toy_world(
    tmp_path: Path, least: Least
) -> None:
    found = list(examined(_settings(tmp_path)))
    assert least.url
    assert {one.name: one.found for one in found if one.state is not State.OK} == {}
    assert len(found) >= 25
    with closing(connect(least.owner)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'two_tower'")
        assert cursor.fetchone() == (0,)


@pytest.mark.usefixtures("nothing")
def test_without_a_database_the_machine_is_checked_and_the_rest_is_skipped(tmp_path: Path) -> None:
    found = list(examined(_settings(tmp_path)))
    assert {one.state for one in found[: MACHINE + 1]} == {State.OK}
    assert {one.state for one in found[MACHINE + 1 :]} == {State.SKIPPED}
    assert list(tmp_path.iterdir()) == []


Version = namedtuple("Version", "major minor")  # noqa: PYI024
Memory = namedtuple("Memory", "available")  # noqa: PYI024
Disk = namedtuple("Disk", "free")  # noqa: PYI024
OF_THE_MACHINE: dict[str, tuple[object, str, object, str, str]] = {
    "Python": (sys, "version_info", Version(3, 12), "expected Python 3.11", "make PYTHON="),
    "machine": (
        platform, "machine", lambda: "aarch64", "got linux on aarch64", "use a Linux machine",
    ),
    "glibc": (os, "confstr", lambda _: "glibc 2.36", "got 2.36", "run `make setup`"),
    "packages": (
        metadata, "version", lambda _: "1.2.3", "expected apache-beam==2.77.0", "requirements.lock",
    ),
    "memory": (
        psutil, "virtual_memory", lambda: Memory(1024**3), "got 1.0 GiB", "free some",
    ),
    "disk": (shutil, "disk_usage", lambda _: Disk(1024**3), "got 1.0 GiB", "set FOLDER"),
}  # fmt: skip


@pytest.mark.usefixtures("nothing")
@pytest.mark.parametrize("name", OF_THE_MACHINE)
def test_a_fault_of_the_machine_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    module, attribute, planted, found, remedy = OF_THE_MACHINE[name]
    monkeypatch.setattr(module, attribute, planted)
    wrong = _wrong(_settings(tmp_path))
    assert list(wrong) == [name]
    assert wrong[name].state is State.FAILED
    assert found in wrong[name].found
    assert remedy in wrong[name].remedy


@pytest.mark.usefixtures("nothing")
def test_hyper_parameters_that_are_none_are_found(tmp_path: Path) -> None:
    outcome = _found(_settings(tmp_path, train='{"depth": 9}'), "hyper-parameters")
    assert (outcome.state, outcome.remedy) == (
        State.FAILED, "take names from components/trainer/settings.py",
    )  # fmt: skip


@pytest.mark.usefixtures("nothing")
def test_a_file_in_the_place_of_the_folder_is_found(tmp_path: Path) -> None:
    (tmp_path / "var").touch()
    assert _found(_settings(tmp_path / "var"), "folder").state is State.FAILED


@pytest.mark.usefixtures("nothing")
def test_a_run_under_way_is_found_and_a_look_leaves_the_lock_free(tmp_path: Path) -> None:
    with filelock.FileLock(tmp_path / "run.lock"):
        assert _found(_settings(tmp_path), "other runs").remedy.startswith("wait for it")
    for _ in range(2):
        assert _found(_settings(tmp_path), "other runs").state is State.OK


@pytest.mark.usefixtures("nothing")
@pytest.mark.parametrize(
    ("body", "state"),
    [(b"<html>", State.FAILED), (b'{"dependencies": {"index": "no"}}', State.OK)],
)
def test_a_port_that_another_program_has_is_found(
    tmp_path: Path, body: bytes, state: State
) -> None:
    with server_with(200, body) as url:
        settings = _settings(tmp_path).replaced(service_url=url)
        assert _found(settings, "port").state is state


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("postgresql://me:hidden@127.0.0.1:1/x", "a running server at postgresql://me:***@127.0"),
        ("mysql://me:hidden@127.0.0.1/x", "a URL postgresql://..."),
        ("postgresql://h/x?pgbouncer=true", "got pgbouncer, meant for another library"),
        ("postgresql://nowhere.invalid/x", "expected a known host"),
    ],
)
def test_an_address_that_leads_nowhere_is_found_and_shows_no_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, found: str
) -> None:
    monkeypatch.setenv(DATABASE_URL, url)
    outcome = _found(_settings(tmp_path), "address")
    assert outcome.state is State.FAILED
    assert found in outcome.found
    assert "hidden" not in outcome.found + outcome.remedy


OF_THE_DATABASE = {
    "DROP TABLE video_tags": ("tables", "got no such table", "see schema/tables.sql"),
    "ALTER TABLE videos RENAME title TO name": ("tables", "column videos.title", "add it, or a vi"),
    "ALTER TABLE user_video_decisions ALTER decided_at TYPE timestamp":
        ("tables", "got timestamp without time zone", "add it, or a view"),
    "TRUNCATE users CASCADE": ("tables", "expected rows in users", "add it, or a view"),
    "REVOKE SELECT ON videos FROM two_tower_run":
        ("tables", "the right to SELECT on videos", "add it"),
    "DROP EXTENSION vector CASCADE": ("extension", "got none", "run CREATE EXTENSION vector"),
    "UPDATE pg_extension SET extversion = '0.7.4' WHERE extname = 'vector'":
        ("extension", "got 0.7.4", "ALTER EXTENSION vector UPDATE"),
    "UPDATE user_video_decisions SET decision = 'nope' WHERE decided_at > '2025-02-05'":
        ("windows", "expected likes in each of the windows", "wait for more likes"),
    "ALTER TABLE user_embeddings DROP CONSTRAINT user_embeddings_pkey":
        ("mirror", "a unique key user_embeddings(user_id)", "ADD UNIQUE (user_id)"),
    "ALTER TABLE user_embeddings ADD tenant int NOT NULL":
        ("mirror", "none for tenant", "give them a default"),
    "DROP SCHEMA two_tower": ("rights", "permission denied for database", "CREATE SCHEMA two_towe"),
    "ALTER TABLE users ENABLE ROW LEVEL SECURITY":
        ("tables", "a role that sees every row", "BYPASSRLS"),
    "CREATE TABLE two_tower.migrations (number int PRIMARY KEY, name text);"
    " INSERT INTO two_tower.migrations VALUES (99, 'later');"
    " ALTER TABLE two_tower.migrations OWNER TO two_tower_run":
        ("rights", "got migration 99", "upgrade to it"),
    "ALTER ROLE two_tower_run CONNECTION LIMIT 2":
        ("connections", "expected 3 free connections, got", "lower NODES_AT_ONCE"),
    "ALTER ROLE two_tower_run SET lock_timeout = '5s'":
        ("time-outs", "lock_timeout 5000 ms", "SET lock_timeout = 0"),
    "ALTER TABLE video_tags DROP CONSTRAINT video_tags_pkey":
        ("keys", "none on video_tags", "add primary keys"),
    "CREATE INDEX near ON video_embeddings USING hnsw (embedding vector_ip_ops)":
        ("cost of a release", "hnsw index near on video_embeddings", "or set MIRROR=0"),
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
    " CREATE TRIGGER each AFTER UPDATE ON user_embeddings FOR EACH ROW EXECUTE FUNCTION f()":
        ("cost of a release", "trigger each on user_embeddings", "set MIRROR=0"),
}  # fmt: skip


@pytest.mark.postgres
@pytest.mark.parametrize("fault", OF_THE_DATABASE)
def test_a_fault_of_the_database_is_found_and_no_other_is_claimed_first(
    tmp_path: Path, least: Least, fault: str
) -> None:
    name, found, remedy = OF_THE_DATABASE[fault]
    least.change(fault)
    wrong = _wrong(_settings(tmp_path))
    assert next(iter(wrong)) == name
    assert found in wrong[name].found
    assert remedy in wrong[name].remedy


@pytest.mark.postgres
def test_a_time_out_that_a_run_switches_off_is_no_fault(tmp_path: Path, least: Least) -> None:
    least.change("ALTER ROLE two_tower_run SET statement_timeout = '30s'")
    outcome = _found(_settings(tmp_path), "time-outs")
    assert outcome.state is State.OK
    assert outcome.found == "statement_timeout 30000 ms, which a run switches off"


@pytest.mark.postgres
def test_a_clock_that_is_wrong_is_found(
    tmp_path: Path, least: Least, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Late(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz or UTC) - timedelta(hours=1)

    assert least.url
    monkeypatch.setattr(database_checks, "datetime", Late)
    wrong = _wrong(_settings(tmp_path))
    assert list(wrong) == ["clock"]
    assert wrong["clock"].found.startswith("expected clocks at most 5 s apart, got 3,6")


@pytest.mark.postgres
def test_a_database_in_another_encoding_is_found(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"latin_{uuid4().hex}"
    with closing(connect(postgres_url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(f"CREATE DATABASE {name} ENCODING LATIN1 LOCALE 'C' TEMPLATE template0")
        url = postgres_url.replace("/two_tower?", f"/{name}?")
        try:
            with closing(connect(url)) as own, own, own.cursor() as inside:
                inside.execute(TABLES_SQL.read_text(encoding="utf-8"))
            monkeypatch.setenv(DATABASE_URL, url)
            wrong = _wrong(_settings(tmp_path))
            assert "expected a database in UTF8, got LATIN1" in wrong["encoding"].found
        finally:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.postgres
def test_a_standby_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_folder("two-tower-standby-") as folder:
        server = PostgresServer(folder / "postgres")
        server.prepare()
        server.start()
        server.stop()
        (server.folder / "data" / "standby.signal").touch()
        server.start()
        try:
            monkeypatch.setenv(DATABASE_URL, server.url("postgres"))
            outcome = _found(_settings(tmp_path), "server")
        finally:
            server.stop()
    assert (outcome.state, outcome.remedy) == (State.FAILED, "name the primary in DATABASE_URL")


@pytest.mark.postgres
@pytest.mark.pooler
@pytest.mark.parametrize(
    ("options", "state", "found"),
    [
        ({"mode": "transaction"}, State.OK, "pooler in transaction mode"),
        ({"mode": "session"}, State.REMARK, "pooler in session mode"),
        ({"size": 1}, State.REMARK, "with one connection"),
    ],
)
def test_a_pooler_is_found_with_its_mode(
    tmp_path: Path,
    least: Least,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, Any],
    state: State,
    found: str,
) -> None:
    with pgbouncer(least.owner, user=least.role, **options) as pooler:
        monkeypatch.setenv(DATABASE_URL, pooler.url())
        outcome = _found(_settings(tmp_path), "pooling")
    assert outcome.state is state
    assert found in outcome.found


@pytest.mark.postgres
@pytest.mark.pooler
def test_a_connection_with_tls_is_said_to_have_it(
    tmp_path: Path, least: Least, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pgbouncer(least.owner, user=least.role, tls=True) as pooler:
        monkeypatch.setenv(DATABASE_URL, pooler.url("sslmode=require"))
        assert _found(_settings(tmp_path), "TLS").found.startswith("TLSv1.")
        monkeypatch.setenv(DATABASE_URL, pooler.url("sslmode=disable"))
        assert "agrees about sslmode" in _found(_settings(tmp_path), "address").found


def _live(least: Least, folder: Path) -> None:
    """Version 7 is live, with its model in the folder, by the owner."""
    least.change("ALTER SCHEMA two_tower OWNER TO postgres; ALTER ROLE two_tower_run SUPERUSER")
    with closing(connect(least.owner)) as connection:
        release(connection, "7", [], [])
    (folder / "models" / "7").mkdir(parents=True)


def _experiment(least: Least, folder: Path) -> Settings:
    with closing(connect(least.owner)) as connection:
        start(connection, "towers", "6", "7")
        connection.commit()
    return _settings(folder)


def _without_model(_: Least, folder: Path) -> Settings:
    (folder / "models" / "7").rmdir()
    return _settings(folder)


def _no_server(_: Least, folder: Path) -> Settings:
    return _settings(folder, model_server_url=NOBODY)


OF_RELEASES: dict[str, tuple[Callable[[Least, Path], Settings], str, str]] = {
    "experiment": (_experiment, "got 'towers', of versions 6 and 7", "make ab-stop NAME=towers"),
    "model": (_without_model, "expected a model of the live version 7", "set FOLDER"),
    "model server": (_no_server, f"expected a model server at {NOBODY}", "MODEL_SERVER_URL"),
}


@pytest.mark.postgres
@pytest.mark.parametrize("name", OF_RELEASES)
def test_a_fault_of_what_is_released_is_found(tmp_path: Path, least: Least, name: str) -> None:
    plant, found, remedy = OF_RELEASES[name]
    _live(least, tmp_path)
    assert _wrong(_settings(tmp_path)) == {}
    wrong = _wrong(plant(least, tmp_path))
    assert list(wrong) == [name]
    assert wrong[name].state is State.FAILED
    assert found in wrong[name].found
    assert remedy in wrong[name].remedy


@pytest.mark.postgres
def test_a_model_server_without_the_live_version_is_found(tmp_path: Path, least: Least) -> None:
    _live(least, tmp_path)
    body = b'{"model_version_status": [{"version": "6", "state": "AVAILABLE"}]}'
    with server_with(200, body) as url:
        outcome = _found(_settings(tmp_path, model_server_url=url), "model server")
    assert outcome.found.endswith("got no such version")


def test_the_command_has_status_1_and_names_each_check_as_data(tmp_path: Path) -> None:
    done = _command(tmp_path, "doctor", SERVICE_URL=NOBODY, COLUMNS="120")
    assert done.returncode == 1
    assert "expected a running server at postgresql://127.0.0.1:1/none" in done.stdout
    assert "start the server or correct DATABASE_URL" in done.stdout
    done = _command(tmp_path, "doctor", "--json", SERVICE_URL=NOBODY, DATABASE_URL="")
    assert done.returncode == 0, done.stdout
    assert '"name": "address",\n    "state": "ok"' in done.stdout
    assert not done.stderr


@pytest.mark.postgres
def test_the_doctor_takes_less_than_five_seconds_of_a_processor(
    tmp_path: Path, least: Least
) -> None:
    before = os.times()
    done = _command(tmp_path, "doctor", SERVICE_URL=NOBODY, DATABASE_URL=least.url)
    after = os.times()
    assert done.returncode == 0, done.stdout
    assert (after.children_user - before.children_user) < 4
    assert (after.children_system - before.children_system) < 1
