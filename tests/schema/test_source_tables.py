"""Errors of the check for a database that lacks something; each lack is created by SQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from schema.database import Connection, connect
from schema.errors import DatabaseError
from schema.source_tables import (
    check_server,
    check_source_tables,
    count_rows,
    expected_tables,
)

pytestmark = pytest.mark.postgres

ONE_OF_EACH = """
    INSERT INTO users VALUES ('00000000-0000-0000-0000-000000000001', now());
    INSERT INTO videos (video_id, title) VALUES
        ('00000000-0000-0000-0000-000000000002', 'a'),
        ('00000000-0000-0000-0000-000000000003', 'b');
    INSERT INTO user_video_decisions VALUES ('00000000-0000-0000-0000-000000000001',
        '00000000-0000-0000-0000-000000000002', 'like', now());
"""


@pytest.fixture
def filled(database: str) -> Iterator[Connection]:
    with closing(connect(database)) as connection:
        connection.cursor().execute(ONE_OF_EACH)
        yield connection


def test_expected_tables_are_those_of_the_file() -> None:
    tables = expected_tables()
    assert len(tables) == 9
    assert tables["tags"] == {"tag_id": "uuid", "name": "text"}
    assert tables["video_performers"] == {"video_id": "uuid", "performer_id": "uuid"}
    assert tables["user_embeddings"]["embedding"] == "vector(768)"


def test_the_file_s_own_tables_pass(filled: Connection, caplog: pytest.LogCaptureFixture) -> None:
    check_source_tables(filled)
    assert not caplog.records


def test_a_server_without_regexp_like_is_refused_by_name() -> None:
    check_server(150_000)
    with pytest.raises(
        DatabaseError, match=r"expected PostgreSQL 15 or newer, got 14\.12: upgrade"
    ):
        check_server(140_012)


def test_count_rows(filled: Connection) -> None:
    counts = count_rows(filled)
    assert (counts["users"], counts["videos"], counts["user_video_decisions"]) == (1, 2, 1)
    assert counts["video_embeddings"] == 0


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            "ALTER TABLE videos DROP maker",
            (
                "expected column videos.maker text, got no such column: "
                "add it, or a view of that name that has it, see schema/tables.sql"
            ),
        ),
        (
            "DROP TABLE video_tags; ALTER TABLE videos DROP price",
            "expected column videos.price numeric, table video_tags, got no such column, no such",
        ),
        (
            "ALTER TABLE videos ALTER duration_seconds TYPE text",
            "expected column videos.duration_seconds integer, got text",
        ),
        (
            "ALTER TABLE user_embeddings ALTER embedding TYPE vector(512)",
            "expected column user_embeddings.embedding vector(768), got vector(512)",
        ),
        (
            "ALTER TABLE users ALTER created_at TYPE timestamp",
            "expected column users.created_at timestamptz, got timestamp without time zone",
        ),
        (
            "DROP EXTENSION vector CASCADE",
            "expected the extension vector (pgvector) 0.8.0 or newer, got none",
        ),
        ("TRUNCATE user_video_decisions", "expected rows in user_video_decisions "),
        (
            "TRUNCATE users CASCADE",
            "expected rows in users (row-level security may hide them), rows in ",
        ),
        (
            (
                "CREATE ROLE limited; GRANT SELECT ON ALL TABLES IN SCHEMA public TO limited;"
                "REVOKE SELECT ON tags FROM limited; SET ROLE limited"
            ),
            "expected the right to SELECT on tags, the right to INSERT on user_embeddings, ",
        ),
    ],
)
def test_a_lack_is_named(filled: Connection, change: str, line: str) -> None:
    filled.cursor().execute(change)
    with pytest.raises(DatabaseError) as caught:
        check_source_tables(filled)
    assert str(caught.value).startswith(line)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE videos ALTER price TYPE real, ALTER title TYPE varchar(80)",
        "ALTER TABLE videos ADD shelf text",
        "ALTER TABLE tags RENAME TO labels; CREATE VIEW tags AS SELECT * FROM labels",
    ],
)
def test_what_serves_as_well_passes(filled: Connection, change: str) -> None:
    filled.cursor().execute(change)
    check_source_tables(filled)


@pytest.mark.parametrize(
    ("version", "warned"), [("0.8.0", True), ("0.8.4", False), ("0.10.0", False)]
)
def test_a_pgvector_with_faults_warns(
    filled: Connection, caplog: pytest.LogCaptureFixture, version: str, *, warned: bool
) -> None:
    _claim_pgvector(filled, version)
    check_source_tables(filled)
    assert (f"pgvector {version} has index faults" in caplog.text) == warned


def test_an_old_pgvector_is_refused(filled: Connection) -> None:
    _claim_pgvector(filled, "0.7.4")
    with pytest.raises(DatabaseError, match=r"0\.8\.0 or newer, got 0\.7\.4: run CREATE EXTENSION"):
        check_source_tables(filled)


def _claim_pgvector(connection: Connection, version: str) -> None:
    connection.cursor().execute(
        "UPDATE pg_extension SET extversion = %s WHERE extname = 'vector'", (version,)
    )
