"""Releases killed at random moments while others read and write; `make soak` takes many rounds."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from contextlib import closing

import pytest

from releases.registry import State, live_version, versions
from releases.switch import prune, sweep
from schema.database import connect, session
from tests.releases.dying import USERS, VIDEOS
from tests.releases.staging import release

pytestmark = pytest.mark.postgres

ROWS = 3000


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--soak")) or 4


@pytest.mark.timeout(7200)
def test_killed_at_random_moments(database: str, rounds: int) -> None:
    """Pointer, tables and mirror agree after each, and no leftover outlives a sweep."""
    chance = random.Random(rounds)  # noqa: S311
    with closing(connect(database)) as connection:
        release(connection, "1", USERS, VIDEOS, turn=1)
    lasts = _seconds_of_a_release(database, "2")
    for version in range(3, rounds + 3):
        before = _live(database)
        with _started(database, str(version)) as process:
            time.sleep(chance.uniform(0, 1.2 * lasts))
            process.kill()
        after = _live(database)
        assert after in {before, str(version)}
        _assert_whole(database, after)
    _assert_nothing_is_left(database)


def _started(url: str, version: str) -> subprocess.Popen[bytes]:
    """A process that has begun to release; its imports are done."""
    words = [sys.executable, "-m", "tests.releases.dying", url, version, "0", str(ROWS)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE)
    assert process.stdout
    assert process.stdout.readline() == b"begun\n"
    return process


def _seconds_of_a_release(url: str, version: str) -> float:
    with _started(url, version) as process:
        started = time.monotonic()
        assert process.wait() == 0
        return time.monotonic() - started


def _live(url: str) -> str:
    with session(url) as connection:
        return live_version(connection)


def _assert_whole(url: str, version: str) -> None:
    """The mirror is the live version, to the row and to the vector."""
    differ = f"""
        SELECT count(*) FROM two_tower.video_vectors_{version} AS ours
        FULL JOIN video_embeddings AS mirror USING (video_id)
        WHERE ours.embedding IS DISTINCT FROM mirror.embedding OR mirror.model_version <> %s
    """
    with session(url) as connection, connection.cursor() as cursor:
        cursor.execute(differ, (version,))
        assert cursor.fetchone() == (0,)


def _assert_nothing_is_left(url: str) -> None:
    with session(url) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE two_tower.versions SET created_at = now() - interval '2 hours'")
        sweep(connection)
        prune(connection, keep=2)
        kept = {v.version for v in versions(connection) if v.state in {State.LIVE, State.STANDBY}}
        checked = {v.version for v in versions(connection) if v.state is State.CHECKED}
        cursor.execute("SELECT tablename FROM pg_tables WHERE tablename LIKE 'video_vectors_%'")
        tables = {name.rpartition("_")[2] for (name,) in cursor}
    assert len(kept) == 2
    assert tables == kept | checked
