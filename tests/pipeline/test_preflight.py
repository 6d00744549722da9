"""Missing rights are reported before a run starts, with the grant; nothing is left behind."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg2
import pytest

from components.quarantine.store import prepare
from pipeline.local.postgres import open_folder
from pipeline.local.postgres_server import PostgresServer
from pipeline.preflight import preflight
from pipeline.settings import Settings
from schema.database import session
from schema.errors import DatabaseError
from tests.least_role import Least, least_role

pytestmark = pytest.mark.postgres


@pytest.fixture
def least(database: str) -> Iterator[Least]:
    with least_role(database) as world:
        yield world


OWN = "expected the right of making and filling the tables of schema two_tower, got"
HIDDEN = "expected a role that sees every row"


def _lines(url: str) -> list[str]:
    with pytest.raises(DatabaseError) as caught:
        preflight(url, Settings())
    return str(caught.value).splitlines()


def test_the_rights_of_roles_sql_are_enough_and_nothing_stays(least: Least) -> None:
    preflight(least.url, Settings())
    with session(least.owner) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'two_tower'")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            "DROP SCHEMA two_tower",
            f'{OWN} "permission denied for database {{database}}": CREATE SCHEMA two_tower'
            ' AUTHORIZATION "{role}", or GRANT CREATE ON DATABASE "{database}" TO "{role}"; where',
        ),
        (
            "ALTER SCHEMA two_tower OWNER TO postgres",
            f'{OWN} "permission denied for schema two_tower": CREATE SCHEMA',
        ),
        (
            "CREATE TABLE two_tower.releases (model_version text, released_at timestamptz)",
            f'{OWN} "permission denied for table releases"',
        ),
        (
            "REVOKE INSERT ON video_embeddings FROM two_tower_run",
            "expected the right to INSERT on video_embeddings, got none",
        ),
        (
            "ALTER TABLE users ENABLE ROW LEVEL SECURITY;"
            " CREATE POLICY half ON users USING (user_id::text < '8')",
            f'{HIDDEN}, got "query would be affected by row-level security policy for table',
        ),
        (
            "ALTER TABLE video_embeddings ENABLE ROW LEVEL SECURITY",
            f"{HIDDEN} for writing video_embeddings, got",
        ),
        (
            "ALTER TABLE user_embeddings DROP CONSTRAINT user_embeddings_pkey",
            "expected a unique key user_embeddings(user_id), got none:"
            " ALTER TABLE user_embeddings ADD UNIQUE (user_id)",
        ),
        (
            "ALTER TABLE user_embeddings ADD tenant int NOT NULL",
            "expected defaults for the further columns of user_embeddings, got none for tenant,"
            " which may not be NULL: give them a default",
        ),
    ],
)
def test_a_lack_is_one_line_that_says_what_to_grant(least: Least, change: str, line: str) -> None:
    names = {"database": psycopg2.extensions.parse_dsn(least.owner)["dbname"], "role": least.role}
    least.change(change.format(**names) if "{database}" in change else change)
    (found,) = _lines(least.url)
    assert found.startswith(line.format(**names))


@pytest.mark.parametrize("right", ["UPDATE", "DELETE"])
def test_every_right_on_the_mirror_is_tested_and_none_without_one(least: Least, right: str) -> None:
    least.change(f"REVOKE {right} ON user_embeddings FROM two_tower_run")
    (line,) = _lines(least.url)
    assert f"the right to {right} on user_embeddings" in line or "writing user_embeddings" in line
    preflight(least.url, Settings(mirror=False))
    least.change("DROP TABLE user_embeddings, video_embeddings")
    preflight(least.url, Settings(mirror=False))


def test_a_standby_is_refused() -> None:
    """A server that is in recovery without an end."""
    with open_folder("two-tower-standby-") as folder:
        server = PostgresServer(folder / "postgres")
        server.prepare()
        server.start()
        server.stop()
        (server.folder / "data" / "standby.signal").touch()
        server.start()
        try:
            (line,) = _lines(server.url("postgres"))
        finally:
            server.stop()
    assert line == ("expected a primary server, got a standby: name the primary in DATABASE_URL")


def test_each_of_several_lacks_has_its_line(least: Least) -> None:
    least.change(
        "ALTER SCHEMA two_tower OWNER TO postgres; ALTER TABLE tags ENABLE ROW LEVEL SECURITY;"
        " ALTER TABLE user_embeddings ENABLE ROW LEVEL SECURITY"
    )
    lines = _lines(least.url)
    assert [line.split(", got")[0] for line in lines] == [
        "expected the right of making and filling the tables of schema two_tower",
        "expected a role that sees every row for writing user_embeddings",
        "expected a role that sees every row for reading every source table",
    ]


def test_a_second_role_after_a_first_needs_the_first_one_s_tables(least: Least) -> None:
    """The first run's role owns them."""
    with session(least.owner) as connection:
        prepare(connection, "first")
    (line,) = _lines(least.url)
    assert 'got "permission denied for table migrations": CREATE SCHEMA' in line
    least.change("GRANT ALL ON ALL TABLES IN SCHEMA two_tower TO two_tower_run")
    preflight(least.url, Settings())


@pytest.mark.parametrize(
    "change",
    [
        "ALTER ROLE two_tower_run SET default_transaction_read_only = on",
        "ALTER TABLE user_embeddings ADD tenant int NOT NULL DEFAULT 1",
        "ALTER TABLE users ENABLE ROW LEVEL SECURITY; ALTER ROLE two_tower_run BYPASSRLS",
        (
            "CREATE SCHEMA extensions; ALTER EXTENSION vector SET SCHEMA extensions;"
            " GRANT USAGE ON SCHEMA extensions TO two_tower_run;"
            " ALTER ROLE two_tower_run SET search_path = public"
        ),
    ],
)
def test_what_a_run_gets_along_with_passes(least: Least, change: str) -> None:
    least.change(change)
    preflight(least.url, Settings())
