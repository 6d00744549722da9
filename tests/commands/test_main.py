"""Output of a command that fails: one line, and a status other than 0."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import filelock
import pytest

from schema.database import connect

USER = "00000000-0000-0000-0000-000000000001"


def _command(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "FOLDER": str(folder), **settings}
    environment |= {"DATABASE_URL": settings.get("DATABASE_URL", "postgresql://127.0.0.1:1/none")}
    return subprocess.run(
        [sys.executable, "-m", "commands", *words],
        env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def _line(done: subprocess.CompletedProcess[str]) -> str:
    """The only line of the error; more than one, or a traceback, fails here."""
    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if not line.startswith("model server")]
    return line


def test_no_database_is_one_line_without_the_password(tmp_path: Path) -> None:
    done = _command(tmp_path, "run", DATABASE_URL="postgresql://me:hidden@127.0.0.1:1/none")
    assert _line(done).startswith(
        "error: expected a running server at postgresql://me:***@127.0.0.1"
    )
    assert "hidden" not in done.stdout + done.stderr


@pytest.mark.postgres
def test_a_missing_table_is_named(tmp_path: Path, database: str) -> None:
    with closing(connect(database)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE user_video_decisions")
    assert "user_video_decisions" in _line(_command(tmp_path, "run", DATABASE_URL=database))


@pytest.mark.postgres
def test_empty_tables_are_an_error_and_are_not_filled(tmp_path: Path, database: str) -> None:
    assert "users" in _line(_command(tmp_path, "run", DATABASE_URL=database))
    with closing(connect(database)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM users")
        assert cursor.fetchone() == (0,)


def test_a_second_run_in_the_same_folder_is_told_of_the_first(tmp_path: Path) -> None:
    with filelock.FileLock(tmp_path / "run.lock"):
        line = _line(_command(tmp_path, "run"))
    assert line.startswith("error: expected no other run in this folder, got one under way")


def test_recommending_before_a_release_says_what_to_do(tmp_path: Path) -> None:
    assert "start with `make run`" in _line(_command(tmp_path, "recommend", USER))


def test_a_user_that_is_no_uuid_is_refused_before_anything_starts(tmp_path: Path) -> None:
    line = _line(_command(tmp_path, "recommend", "root"))
    assert line.startswith("error: expected a UUID as the user, got 'root'")


def test_a_review_before_a_run_says_what_to_do(tmp_path: Path) -> None:
    assert _line(_command(tmp_path, "review")) == (
        "error: expected a finished run, got none: start with `make run`"
    )


def test_a_traceback_comes_only_when_asked_for(tmp_path: Path) -> None:
    assert "Traceback" in _command(tmp_path, "--verbose", "review").stderr
