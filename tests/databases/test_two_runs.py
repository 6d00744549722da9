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
from releases import vectors
from releases.migrate import migrate
from releases.vectors import Embeddings
from schema.database import connect, session
from tests.schema.loose_world import fill_loosely
from tests.toy_world import fill

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
    """The same users, in opposite orders: without one order they would dead-lock."""
    ids = [str(UUID(int=user)) for user in range(3000)][:: -1 if number % 2 else 1]
    yield Embeddings(ids, np.full((3000, 768), number, np.float32))


def test_writers_of_several_runs_take_turns(database: str) -> None:
    """Every one is done as a whole, beside other programs, which know of no turn."""
    with closing(connect(database)) as connection:
        fill(connection)

    def work(number: int) -> None:
        with session(database) as connection:
            migrate(connection)
        with session(database) as connection:
            if number > 1:
                vectors.take_turn(connection)
            batches = _both_ways(number)
            version = str(number)
            users = vectors.sync_embeddings_to_db(
                connection, "user_embeddings", "user_id", batches, version
            )
            vectors.record_release(connection, version, users, 0)

    _each_run(work)
    with session(database) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT model_version, (embedding::real[])[1] FROM user_embeddings")
        ((version, value),) = cursor.fetchall()
        assert float(version) == value
        cursor.execute("SELECT count(*) FROM two_tower.releases")
        assert cursor.fetchone() == (AT_ONCE,)
