"""Databases of the kinds that production has: a whole run on each, by the README's URL."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from schema.database import session
from schema.pooling import pooling_of
from tests.databases.pgbouncer import PASSWORD, pgbouncer
from tests.databases.toy import execute, run, toy_database

pytestmark = [pytest.mark.e2e, pytest.mark.pooler, pytest.mark.postgres]

ROLES_SQL = Path(__file__).parents[2] / "serving" / "roles.sql"
Kind = Callable[[str], AbstractContextManager[tuple[str, str]]]
"""From the server's URL to (the run's URL, the URL of the tables' owner)."""


@contextmanager
def tls_required(server: str) -> Iterator[tuple[str, str]]:
    with toy_database(server) as (owner, _), pgbouncer(owner, mode="session", tls=True) as pooler:
        yield pooler.url("sslmode=require"), owner


@contextmanager
def transaction_pooler(server: str) -> Iterator[tuple[str, str]]:
    with toy_database(server) as (owner, _), pgbouncer(owner, size=3) as pooler:
        yield pooler.url(), owner


@contextmanager
def pool_of_one(server: str) -> Iterator[tuple[str, str]]:
    with toy_database(server) as (owner, _), pgbouncer(owner, size=1) as pooler:
        yield pooler.url(), owner


@contextmanager
def extension_elsewhere(server: str) -> Iterator[tuple[str, str]]:
    """As Supabase has it, for a role whose search_path is `public` alone."""
    role = f"app_{uuid4().hex[:8]}"
    before = "CREATE SCHEMA extensions; CREATE EXTENSION vector SCHEMA extensions;"
    before += "SET search_path = public, extensions;"
    after = f"CREATE ROLE {role} LOGIN SUPERUSER; ALTER ROLE {role} SET search_path = public;"
    with toy_database(server, before=before, after=after) as (owner, _):
        yield owner.replace("//postgres@", f"//{role}@"), owner


@contextmanager
def least_role(server: str) -> Iterator[tuple[str, str]]:
    role, serve = f"run_{uuid4().hex[:8]}", f"serve_{uuid4().hex[:8]}"
    rights = ROLES_SQL.read_text(encoding="utf-8")
    rights = rights.replace("two_tower_run", role).replace("two_tower_serve", serve)
    with toy_database(server, after=rights) as (owner, _):
        yield owner.replace("//postgres@", f"//{role}@"), owner


KINDS: list[Kind] = [
    tls_required, transaction_pooler, pool_of_one, extension_elsewhere, least_role,
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_releases(postgres_url: str, tmp_path: Path, kind: Kind) -> None:
    """Every user and every video, and not a trace of the password."""
    with kind(postgres_url) as (url, owner):
        done = run(url, tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        summary = json.loads((tmp_path / "summary.json").read_text())
        assert summary["embeddings_written"] == {"users": 40, "videos": 60}
        assert summary["sample"]["answer"]["source"] == "two_tower"
        (version,) = {row[0] for row in execute(owner, "SELECT model_version FROM user_embeddings")}
        assert summary["model_version"] == version
    assert PASSWORD not in done.stdout + done.stderr + (tmp_path / "run.log").read_text()


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("session", "pooler in session mode"), ("transaction", "pooler in transaction mode")],
)
@pytest.mark.parametrize("size", [1, 4])
def test_the_mode_of_a_pooler_is_found(postgres_url: str, mode: str, kind: str, size: int) -> None:
    with pgbouncer(postgres_url, mode=mode, size=size) as pooler:
        assert pooling_of(pooler.url()) == kind
    assert pooling_of(postgres_url) == "direct connection"


def test_nothing_that_we_set_stays_on_a_pooler_s_connection(postgres_url: str) -> None:
    """The next client of the one server connection sees what the server itself says."""
    asked = "SELECT current_setting(name) FROM unnest(%s) AS name"
    names = ["jit", "TimeZone", "row_security", "search_path", "statement_timeout"]
    with pgbouncer(postgres_url, size=1) as pooler:

        def ask(*, ours: bool) -> list[str]:
            with session(pooler.url()) as connection, connection.cursor() as cursor:
                connection.autocommit = not ours
                cursor.execute(asked, (names,))
                return [str(value) for (value,) in cursor]

        before = ask(ours=False)
        with session(pooler.url(), patient=True) as connection, connection.cursor() as cursor:
            cursor.execute("SHOW jit")
            assert cursor.fetchone() == ("off",)
        assert ask(ours=True) != before
        assert ask(ours=False) == before
