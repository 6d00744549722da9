"""`two-tower init`: a file of settings, and views that make another database ours."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from schema.database import connect, session
from tests.toy_world import fill

OTHER = """
CREATE EXTENSION vector;
CREATE TYPE reaction AS ENUM ('like', 'nope');
CREATE TABLE members (id bigint PRIMARY KEY, registered_at timestamp, email text);
CREATE TABLE "Movies" (
    id bigint PRIMARY KEY, name varchar(200), summary text, category text, studio text,
    cost numeric, runtime interval, release_date date
);
CREATE TABLE actors (id bigint PRIMARY KEY, name text);
CREATE TABLE movie_actors (movie_id bigint, actor_id bigint);
CREATE TABLE ratings (member_id bigint, movie_id bigint, reaction reaction, created_at timestamptz);
CREATE TABLE invoices (id bigint, paid boolean);
INSERT INTO members VALUES (255, '2026-01-31 12:00', 'a@b');
INSERT INTO "Movies" VALUES (1, 'Night', 's', 'drama', 'Ume', 9.5, '90 minutes', '2026-01-01');
INSERT INTO ratings VALUES (255, 1, 'like', '2026-02-01 00:00Z');
"""
VIEWS, TOML = "two-tower-views.sql", "two-tower.toml"


@pytest.fixture
def other(postgres_url: str) -> Iterator[str]:
    """A database with other names and types."""
    name = f"other_{uuid4().hex}"
    with closing(connect(postgres_url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(f"CREATE DATABASE {name}")
        url = postgres_url.replace("/two_tower?", f"/{name}?")
        with session(url) as own, own.cursor() as inside:
            inside.execute(OTHER)
        yield url
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _init(folder: Path, url: str) -> list[str]:
    environment = {**os.environ, "DATABASE_URL": url, "FOLDER": str(folder / "var")}
    done = subprocess.run(
        [sys.executable, "-m", "commands", "init"],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def _rows(url: str, statements: str) -> list[tuple[object, ...]]:
    """The rows of the last statement; committed."""
    with session(url) as connection, connection.cursor() as cursor:
        cursor.execute(statements)
        return cursor.fetchall()


def test_without_a_database_there_are_settings_alone_and_no_file_is_overwritten(
    tmp_path: Path,
) -> None:
    said = _init(tmp_path, "")
    assert said[0] == f"{TOML} written"
    assert said[1].startswith("no database yet: set DATABASE_URL")
    (tmp_path / TOML).write_text("epochs = 3\n")
    assert _init(tmp_path, "")[0] == f"{TOML} is there already: kept"
    assert (tmp_path / TOML).read_text() == "epochs = 3\n"
    assert [path.name for path in tmp_path.iterdir()] == [TOML]


@pytest.mark.postgres
def test_a_database_with_our_tables_needs_no_views(tmp_path: Path, database: str) -> None:
    said = _init(tmp_path, database)
    assert said[1].startswith("the database needs no views, but: expected rows in users")
    with closing(connect(database)) as connection:
        fill(connection)
    assert _init(tmp_path, database)[1] == "the database needs no views"
    assert not (tmp_path / VIEWS).exists()
    assert "\n# mirror = true\n" in (tmp_path / TOML).read_text()


@pytest.mark.postgres
def test_another_database_gets_views_that_pass_and_nothing_is_left_in_it(
    tmp_path: Path, other: str
) -> None:
    said = _init(tmp_path, other)
    assert said == [
        f"{TOML} written", f"{VIEWS} written",
        f"{VIEWS}: checked against the database: a run can use these views",
    ]  # fmt: skip
    schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = 'two_tower_source'"
    assert _rows(other, schemas) == [(0,)]
    assert "\nmirror = false\n" in (tmp_path / TOML).read_text()


@pytest.mark.postgres
def test_the_views_convert_what_they_name(tmp_path: Path, other: str) -> None:
    _init(tmp_path, other)
    text = (tmp_path / VIEWS).read_text()
    row = "SELECT row_to_json(v)::text FROM two_tower_source.{} AS v"
    assert _rows(other, text + row.format("videos")) == [(
        '{"video_id":"00000000-0000-0000-0000-000000000001","title":"Night","description":"s",'
        '"genre":"drama","maker":"Ume","price":9.5,"duration_seconds":5400,'
        '"released_at":"2026-01-01T00:00:00+00:00"}',
    )]  # fmt: skip
    assert _rows(other, row.format("users")) == [(
        '{"user_id":"00000000-0000-0000-0000-0000000000ff","created_at":"2026-01-31T12:00:00+00:00"}',
    )]  # fmt: skip
    assert _rows(other, row.format("user_video_decisions")) == [(
        '{"user_id":"00000000-0000-0000-0000-0000000000ff",'
        '"video_id":"00000000-0000-0000-0000-000000000001","decision":"like",'
        '"decided_at":"2026-02-01T00:00:00+00:00"}',
    )]  # fmt: skip
    assert _rows(other, row.format("tags")) == []
    assert "-- Nothing like tags was found; it may stay empty." in text


@pytest.mark.postgres
def test_what_has_no_match_is_a_comment_and_an_edited_file_is_checked_again(
    tmp_path: Path, other: str
) -> None:
    with session(other) as connection, connection.cursor() as cursor:
        cursor.execute('ALTER TABLE "Movies" RENAME name TO xyzzy; ALTER TABLE "Movies" DROP cost')
    said = _init(tmp_path, other)
    assert said[2].startswith(f"{VIEWS}: expected column videos.title text, got no such column")
    text = (tmp_path / VIEWS).read_text()
    assert "    -- , ??? AS title: expected text, nothing like it was found\n" in text
    assert "    NULL::numeric AS price,  -- nothing like it was found; it may stay empty\n" in text
    edited = text.replace(
        "    -- , ??? AS title: expected text, nothing", "    , xyzzy AS title -- "
    )
    (tmp_path / VIEWS).write_text(edited)
    assert _init(tmp_path, other) == [
        f"{TOML} is there already: kept",
        f"{VIEWS}: checked against the database: a run can use these views",
    ]
    assert (tmp_path / VIEWS).read_text() == edited


@pytest.mark.postgres
def test_a_needed_table_that_has_no_match_is_commented_out(tmp_path: Path, other: str) -> None:
    with session(other) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE ratings")
    said = _init(tmp_path, other)
    assert "table user_video_decisions" in said[2]
    text = (tmp_path / VIEWS).read_text()
    assert (
        "-- Nothing like user_video_decisions was found; expected: user_id uuid, video_id" in text
    )
    assert "-- CREATE OR REPLACE VIEW two_tower_source.user_video_decisions AS SELECT …;" in text


@pytest.mark.postgres
def test_a_file_of_settings_is_read_by_every_word(tmp_path: Path, other: str) -> None:
    (tmp_path / TOML).write_text('service_url = "http://127.0.0.1:9"\nepoch = 3\n')
    environment = {**os.environ, "DATABASE_URL": other}
    done = subprocess.run(
        [sys.executable, "-m", "commands", "status"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("error: expected settings in two-tower.toml, got epoch:")
