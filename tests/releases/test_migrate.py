"""Schema two_tower from any older state to the newest, once, whoever begins."""

from __future__ import annotations

import threading
from contextlib import closing

import psycopg2
import pytest

from releases import migrate as module
from releases.migrate import migrate, migrations
from releases.registry import live_version
from schema.database import Connection, connect, session
from schema.errors import DatabaseError

pytestmark = pytest.mark.postgres

NEWEST = {
    "migrations": {"number", "name", "applied_at"},
    "live": {"one_row", "version", "previous", "since"},
    "versions": {
        "version", "state", "created_at", "released_at", "turn", "users", "videos", "bytes",
        "figures", "lineage", "reason",
    },
    "quarantine": {"run_id", "source_table", "reason", "action", "source_row", "found_at"},
    "experiments": {"name", "kind", "control", "candidate", "share", "salt", "difference",
                    "started_at", "stopped_at"},
    "assignments": {"experiment", "user_id", "arm", "bucket", "share", "assigned_at"},
    "exposures": {"request_id", "video_id", "user_id", "experiment", "arm", "version", "rung",
                  "position", "propensity", "shown_at"},
    "events": {"request_id", "video_id", "clicked", "dwell_s", "happened_at"},
}  # fmt: skip
BEFORE_MIGRATIONS = """
CREATE SCHEMA two_tower;
CREATE TABLE two_tower.releases (
    model_version varchar(50) PRIMARY KEY, released_at timestamptz NOT NULL DEFAULT now(),
    users bigint NOT NULL, videos bigint NOT NULL
);
INSERT INTO two_tower.releases VALUES ('6', now() - interval '1 day', 2, 3), ('7', now(), 1, 2);
INSERT INTO user_embeddings
SELECT gen_random_uuid(), array_fill(u, ARRAY[768])::vector, now(), u::text
FROM generate_series(6, 7) AS u;
INSERT INTO video_embeddings
SELECT gen_random_uuid(), array_fill(v, ARRAY[768])::vector, now(), v::text
FROM unnest(ARRAY[6, 7, 7]) AS v;
CREATE TABLE two_tower.quarantine (
    run_id text NOT NULL, source_table text NOT NULL, reason text NOT NULL, action text NOT NULL,
    source_row jsonb NOT NULL, found_at timestamptz NOT NULL DEFAULT now()
);
"""


def _tables(connection: Connection) -> dict[str, set[str]]:
    """Columns of each table of the schema."""
    found: dict[str, set[str]] = {}
    for table, column in _rows(
        connection,
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'two_tower'",
    ):
        found.setdefault(str(table), set()).add(str(column))
    return found


def _rows(connection: Connection, statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def _applied(connection: Connection) -> list[object]:
    statement = "SELECT number FROM two_tower.migrations ORDER BY number"
    return [number for (number,) in _rows(connection, statement)]


def test_numbers_have_no_gap_and_files_the_form_of_their_names() -> None:
    assert [migration.number for migration in migrations()] == list(range(1, len(migrations()) + 1))
    assert [migration.name for migration in migrations()][:2] == ["releases", "quarantine"]


@pytest.mark.parametrize("step", range(len(migrations()) + 1))
def test_from_each_older_state_and_once_more(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Step 0 is an empty database."""
    if step:
        with monkeypatch.context() as older:
            older.setattr(module, "migrations", lambda: migrations()[:step])
            migrate(connection)
        connection.commit()
    for _ in range(2):
        migrate(connection)
        connection.commit()
        assert _tables(connection) == NEWEST
        assert _applied(connection) == [migration.number for migration in migrations()]


def test_the_live_version_of_an_earlier_package_stays_live(connection: Connection) -> None:
    """Its vectors are copied from the application's tables, which have no other copy."""
    _rows(connection, BEFORE_MIGRATIONS)
    connection.commit()
    migrate(connection)
    tables = _tables(connection)
    assert NEWEST.items() <= tables.items()
    assert tables.keys() - NEWEST.keys() == {"user_vectors_7", "video_vectors_7"}
    assert live_version(connection) == "7"
    found = "SELECT version, state, users, videos FROM two_tower.versions"
    assert _rows(connection, found) == [("7", "live", 1, 2)]
    vectors = "SELECT count(*), min(embedding <#> embedding) FROM two_tower.video_vectors_7"
    assert _rows(connection, vectors) == [(2, -768 * 49.0)]


def test_an_older_table_of_another_owner_is_left(connection: Connection) -> None:
    _rows(connection, BEFORE_MIGRATIONS)
    _rows(
        connection,
        "CREATE ROLE later_run; GRANT ALL ON SCHEMA two_tower TO later_run;"
        " GRANT ALL ON ALL TABLES IN SCHEMA two_tower, public TO later_run; SET ROLE later_run",
    )
    migrate(connection)
    assert live_version(connection) == "7"
    assert "releases" in _tables(connection)
    connection.rollback()


def test_a_failure_leaves_nothing(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = [*migrations()[:1], module.Migration(2, "broken", "SELECT 1 / 0")]
    monkeypatch.setattr(module, "migrations", lambda: broken)
    with pytest.raises(psycopg2.errors.DivisionByZero):
        migrate(connection)
    connection.rollback()
    assert _tables(connection) == {}


def test_two_that_start_at_once_apply_each_migration_once(database: str) -> None:
    """The second waits for the first one's commit, and finds the work done."""
    with closing(connect(database)) as first, closing(connect(database)) as second:
        migrate(first)
        waiting = threading.Thread(target=migrate, args=(second,))
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
        first.commit()
        waiting.join(10)
        second.commit()
        assert _applied(second) == [migration.number for migration in migrations()]


def test_a_role_with_the_schema_alone_can_migrate_and_needs_no_right_afterwards(
    connection: Connection,
) -> None:
    _rows(
        connection,
        "CREATE ROLE least_run; CREATE SCHEMA two_tower AUTHORIZATION least_run;"
        " SET ROLE least_run",
    )
    migrate(connection)
    _rows(connection, "RESET ROLE; REVOKE CREATE ON SCHEMA two_tower FROM least_run")
    _rows(connection, "ALTER SCHEMA two_tower OWNER TO postgres")
    _rows(connection, "GRANT USAGE ON SCHEMA two_tower TO least_run; SET ROLE least_run")
    migrate(connection)
    assert _tables(connection) == NEWEST
    connection.rollback()


def test_a_database_of_a_newer_package_is_refused(connection: Connection) -> None:
    migrate(connection)
    _rows(connection, "INSERT INTO two_tower.migrations (number, name) VALUES (99, 'later')")
    with pytest.raises(DatabaseError, match="got migration 99: a newer version of this package"):
        migrate(connection)


def test_the_role_of_answers_may_log_and_no_more(database: str) -> None:
    with session(database) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE ROLE two_tower_serve")
        try:
            migrate(connection)
            cursor.execute(
                "SELECT relname, privilege FROM pg_class,"
                " unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) AS privilege"
                " WHERE relnamespace = 'two_tower'::regnamespace AND relkind = 'r'"
                " AND has_table_privilege('two_tower_serve', pg_class.oid, privilege)"
                " ORDER BY 1, 2"
            )
            assert cursor.fetchall() == [
                ("assignments", "INSERT"), ("events", "INSERT"), ("events", "UPDATE"),
                ("exposures", "INSERT"),
            ]  # fmt: skip
        finally:
            cursor.execute("DROP OWNED BY two_tower_serve; DROP ROLE two_tower_serve")
