"""Two folders on one database, two runs at once: they wait for each other, without an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier
from uuid import UUID

import numpy as np
import pytest

from components.quarantine.store import prepare, quarantine
from releases.migrate import migrate
from releases.registry import State, live_version, mark, versions
from releases.switch import switch
from releases.vectors import Embeddings, stage_version
from schema.database import connect, session
from schema.feature import Side
from tests.schema.loose_world import fill_loosely

pytestmark = pytest.mark.postgres

AT_ONCE = 6


def _each_run(work: Callable[[int], None]) -> None:
    barrier = Barrier(AT_ONCE)

    def one(number: int) -> None:
        barrier.wait()
        work(number)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(one, range(AT_ONCE)))  # raises what one of them raised


def test_quarantines_of_several_runs_are_all_kept(database: str) -> None:
    """On a database that has neither schema nor table of ours, and then one with old rows."""
    with closing(connect(database)) as connection:
        fill_loosely(connection)
    with session(database) as connection:
        connection.cursor().execute("INSERT INTO users VALUES (NULL), (NULL)")

    def work(number: int) -> None:
        with session(database) as connection:
            prepare(connection, f"run-{number}")
        with session(database) as connection:
            connection.set_session(isolation_level="REPEATABLE READ")
            quarantine(connection, f"run-{number}")

    for _ in range(3):
        _each_run(work)
        rows = "SELECT run_id, count(*) FROM two_tower.quarantine GROUP BY 1 ORDER BY 1"
        with session(database) as connection, connection.cursor() as cursor:
            cursor.execute(rows)
            assert cursor.fetchall() == [(f"run-{number}", 2) for number in range(AT_ONCE)]
            cursor.execute("UPDATE two_tower.quarantine SET found_at = '2020-01-01'")


def _both_ways(number: int) -> Iterator[Embeddings]:
    """The same users, in opposite orders."""
    ids = [str(UUID(int=user)) for user in range(3000)][:: -1 if number % 2 else 1]
    yield Embeddings(ids, np.full((3000, 768), number, np.float32))


def test_writers_of_several_runs_take_turns(database: str) -> None:
    """Each stages by itself; their switches wait for each other, and each is done as a whole."""
    with session(database) as connection:
        migrate(connection)

    def work(number: int) -> None:
        version = str(number)
        with session(database) as connection:
            sides = {Side.USER: _both_ways(number), Side.VIDEO: ()}
            stage_version(connection, version, sides)
            mark(connection, version, State.CHECKED)
        with session(database) as connection:
            switch(connection, version, mirror=True)

    _each_run(work)
    with session(database) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT model_version, (embedding::real[])[1] FROM user_embeddings")
        ((version, value),) = cursor.fetchall()
        assert float(version) == value
        assert live_version(connection) == version
        states = [one.state for one in versions(connection)]
        assert sorted(states) == ["live", *["standby"] * (AT_ONCE - 1)]
