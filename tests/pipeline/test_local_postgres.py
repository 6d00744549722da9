"""The embedded server: shared, stopped by its last user, and back after any accident."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import psycopg2
import pytest

from pipeline.local.postgres import embedded_postgres, leave_running, stop
from schema.database import connect
from schema.errors import SetupError

pytestmark = pytest.mark.postgres

POSTGRES = {"postgres", "pg_ctl", "initdb"}
USER = """
import sys
from pathlib import Path
from pipeline.local.postgres import embedded_postgres
with embedded_postgres(Path(sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="two-tower-test-") as name:
        Path(name).chmod(0o711)  # PostgreSQL run by root works as `nobody`
        yield Path(name) / "var" / "postgres"
        stop(Path(name) / "var" / "postgres")


def test_lends_a_database_with_pgvector_and_stops_it(folder: Path) -> None:
    with embedded_postgres(folder) as url:
        assert _asked(url, "SELECT current_database()") == "two_tower"
        _asked(url, "CREATE EXTENSION vector; CREATE TABLE kept AS SELECT 7 AS n; SELECT 1")
        assert _asked(url, "SELECT '[1,2]'::vector <#> '[3,4]'") == -11
        assert _asked(url, "SHOW listen_addresses") == ""
    assert _is_down(url)
    with embedded_postgres(folder) as url:
        assert _asked(url, "SELECT n FROM kept") == 7


def test_inner_user_leaves_the_server_to_the_outer(folder: Path) -> None:
    with embedded_postgres(folder) as outer:
        with embedded_postgres(folder) as inner:
            assert inner == outer
        assert _asked(outer, "SELECT 1") == 1
    assert _is_down(outer)


def test_another_process_may_outlive_us(folder: Path) -> None:
    with embedded_postgres(folder) as url:
        other = _user(folder)
        assert _first_line(other) == url
    assert _asked(url, "SELECT 1") == 1
    other.communicate("")
    assert _is_down(url)


def test_two_processes_may_start_at_once(folder: Path) -> None:
    both = [_user(folder), _user(folder)]
    first, second = (_first_line(process) for process in both)
    assert first == second
    for process in both:
        process.communicate("")
        assert process.returncode == 0
    assert _is_down(first)


def test_ctrl_c_stops_the_server(folder: Path) -> None:
    process = _user(folder)
    url = _first_line(process)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate()
    assert _is_down(url)


def test_a_killed_user_s_server_is_gone_within_two_seconds(folder: Path) -> None:
    process = _user(folder)
    url = _first_line(process)
    os.killpg(process.pid, signal.SIGKILL)
    assert _within(2, lambda: not _postgres_of(folder))
    assert _is_down(url)
    process.communicate()


def test_a_killed_user_s_server_stays_while_another_uses_it(folder: Path) -> None:
    process = _user(folder)
    url = _first_line(process)
    with embedded_postgres(folder) as same:
        assert same == url
        process.kill()
        process.communicate()  # ends when the last who holds its streams has: the cleaner too
        assert _asked(url, "SELECT 1") == 1
    assert _is_down(url)


@pytest.mark.parametrize("named", ["data.unfinished", "beginning"])
def test_a_user_killed_while_the_server_is_made_or_launched_leaves_none(
    folder: Path, named: str
) -> None:
    process = _user(folder)
    assert _within(20, (folder / named).exists)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert _within(2, lambda: not _postgres_of(folder))
    with embedded_postgres(folder) as url:
        assert _asked(url, "SELECT 1") == 1


def test_a_killed_server_starts_again(folder: Path) -> None:
    with embedded_postgres(folder) as url:
        _asked(url, "CREATE TABLE kept AS SELECT 7 AS n; CHECKPOINT; SELECT 1")
        os.kill(_pid(folder), signal.SIGKILL)
    with embedded_postgres(folder) as url:
        assert _asked(url, "SELECT n FROM kept") == 7


@pytest.mark.usefixtures("postgres_url")
def test_a_stale_pid_file_with_a_living_number_is_no_obstacle(
    folder: Path, postgres_folder: Path
) -> None:
    with embedded_postgres(folder) as url:
        pid_file = folder / "data" / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
    # Of the same user as ours, so that PostgreSQL itself would take it for a live server's.
    other = _pid(postgres_folder)
    pid_file.write_text("\n".join([str(other), *lines[1:]]) + "\n")
    (folder / ".s.PGSQL.5432.lock").write_text("\n".join([str(other), *lines[1:]]) + "\n")
    with embedded_postgres(folder) as url:
        assert _asked(url, "SELECT 1") == 1
        assert _pid(folder) != other


def test_interrupted_first_run_is_begun_anew(folder: Path) -> None:
    unfinished = folder / "data.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    with embedded_postgres(folder) as url:
        assert _asked(url, "SELECT 1") == 1
    assert not unfinished.exists()


def test_left_running_until_stopped(folder: Path) -> None:
    url = leave_running(folder)
    with embedded_postgres(folder) as same:
        assert same == url
    assert _asked(url, "SELECT 1") == 1
    stop(folder)
    assert _is_down(url)


def test_a_path_too_long_for_a_socket(folder: Path) -> None:
    deep = folder / ("a folder, with 'odd' letters " + "x" * 90)
    with embedded_postgres(deep) as url:
        assert _asked(url, "SELECT 1") == 1
    stop(deep)
    assert _is_down(url)


def test_full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.local.postgres_server.FREE_BYTES_NEEDED", 2**80)
    with (
        pytest.raises(SetupError, match=r"MB free for .*: free some space$"),
        embedded_postgres(folder),
    ):
        pass


def test_a_damaged_folder_is_said_in_one_line(folder: Path) -> None:
    with embedded_postgres(folder):
        pass
    (folder / "data" / "postgresql.conf").write_text("nonsense = 1\n")
    with pytest.raises(SetupError, match=r"postgresql\.conf") as caught, embedded_postgres(folder):
        pass
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone has to work as another user")
def test_root_is_told_of_a_closed_folder_and_nothing_is_opened(folder: Path) -> None:
    closed = folder.parent
    closed.mkdir(mode=0o700)
    with pytest.raises(SetupError, match=rf"{closed} with mode 700.*chmod o\+x {closed}`$"):
        leave_running(folder)
    assert closed.stat().st_mode & 0o777 == 0o700
    closed.chmod(0o701)
    assert _asked(leave_running(folder), "SELECT 1") == 1


def _asked(url: str, question: str) -> object:
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        for statement in question.split(";"):
            cursor.execute(statement)
        return (cursor.fetchone() or (None,))[0]


def _postgres_of(folder: Path) -> list[str]:
    """Processes that were started with the folder's path, or work in it."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE and process.name() in POSTGRES:
                words = [*process.cmdline(), process.cwd()]
                found += [process.name()] if any(str(folder) in word for word in words) else []
    return found


def _within(seconds: float, holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _is_down(url: str) -> bool:
    try:
        psycopg2.connect(url, connect_timeout=2).close()
    except psycopg2.OperationalError:
        return True
    return False


def _user(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", USER, str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, start_new_session=True,
    )  # fmt: skip


def _first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _pid(folder: Path) -> int:
    return int((folder / "data" / "postmaster.pid").read_text().split()[0])
