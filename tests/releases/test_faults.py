"""Whatever happens while a version is released, the live one is complete, and a rerun succeeds."""

from __future__ import annotations

import itertools
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import numpy as np
import psycopg2
import pytest
import stamina

from components.node.connection import in_transaction, name_url
from pipeline.local.postgres import open_folder
from pipeline.local.postgres_server import PostgresServer
from releases.migrate import migrate
from releases.registry import live_version
from releases.switch import prune, switch
from releases.vectors import Embeddings, load_embeddings_from_db, stage_version
from schema.database import Connection, connect, session
from schema.feature import Side
from serving.recommender.recommend import recommend_videos
from tests.conftest import TABLES_SQL
from tests.releases.dying import USERS, VIDEOS
from tests.releases.staging import release, unit
from tests.toy_world import fill

pytestmark = pytest.mark.postgres

VARIABLE = "FAULTS_DATABASE"


@pytest.fixture(autouse=True)
def _retries_do_not_wait() -> Iterator[None]:
    with stamina.set_testing(True, attempts=5, cap=True):
        yield


def _state(url: str) -> tuple[str, set[Any], set[Any]]:
    """The live version; of its tables and of the mirror: the axis of each video's vector."""
    with session(url) as connection, connection.cursor() as cursor:
        version = live_version(connection)
        found = load_embeddings_from_db(connection, Side.VIDEO, version)
        cursor.execute(
            "SELECT video_id, model_version, array_position(embedding::real[], 1) - 1"
            " FROM video_embeddings"
        )
        mirror = set(cursor.fetchall())
    table = {(v, version, int(np.argmax(row))) for v, row in zip(*found, strict=True)}
    return version, table, mirror


def _of(version: int) -> tuple[str, set[Any], set[Any]]:
    rows = {(video, str(version), place + version) for place, video in enumerate(VIDEOS)}
    return str(version), rows, rows


def test_killed_at_any_statement(database: str) -> None:
    with closing(connect(database)) as connection:
        release(connection, "1", USERS, VIDEOS, turn=1)
    statement, survived = 0, False
    while not survived:
        statement += 1
        words = [sys.executable, "-m", "tests.releases.dying", database, "2", str(statement)]
        status = subprocess.run(words, check=False, timeout=60).returncode
        survived = status == 0
        assert survived or status == -signal.SIGKILL
        assert _state(database) == _of(2 if survived else 1), f"statement {statement}"
    assert statement > 15


def _batches(meanwhile: Any) -> dict[Side, Iterator[Embeddings]]:
    """Three batches of one video each; something happens before the second."""

    def videos() -> Iterator[Embeddings]:
        for place, video in enumerate(VIDEOS[:3]):
            if place == 1:
                meanwhile()
            yield Embeddings([video], unit(place)[np.newaxis])

    return {Side.USER: iter(()), Side.VIDEO: videos()}


def _once(event: Any) -> Any:
    """Calls `event` at the first call alone."""
    left = [event]
    return lambda: left.pop()() if left else None


def test_a_connection_lost_in_mid_copy_is_tried_again(database: str) -> None:
    name_url(VARIABLE, database)
    in_transaction(VARIABLE, migrate)
    cut = _once(lambda: _cut_off(database))
    rows = in_transaction(VARIABLE, lambda c: stage_version(c, "1", _batches(cut)))
    assert rows == {Side.USER: 0, Side.VIDEO: 3}
    with session(database) as connection:
        assert load_embeddings_from_db(connection, Side.VIDEO, "1").ids == VIDEOS[:3]


def _cut_off(url: str) -> None:
    with session(url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@contextmanager
def _own_server(largest_file: int = resource.RLIM_INFINITY) -> Iterator[tuple[PostgresServer, str]]:
    """A server with empty tables, and its URL; its files may not grow beyond `largest_file`."""
    with open_folder("two-tower-faults-") as folder:
        server = PostgresServer(folder / "postgres")
        server.prepare()
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, hard))
        try:
            server.start()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        try:
            url = server.url("postgres")
            with session(url) as connection:
                connection.cursor().execute(TABLES_SQL.read_text(encoding="utf-8"))
            yield server, url
        finally:
            server.stop()


def test_a_disk_that_takes_no_more_leaves_the_live_version() -> None:
    """A file that may not grow, as on a full disk; segments of WAL are smaller."""
    many = [str(UUID(int=number)) for number in range(9000)]
    with _own_server(largest_file=20 << 20) as (_, url):
        with closing(connect(url)) as connection:
            release(connection, "1", USERS, VIDEOS, turn=1)
            with pytest.raises(psycopg2.Error, match="could not extend file"):
                release(connection, "2", USERS, many, turn=2)
        assert _state(url) == _of(1)
        with closing(connect(url)) as connection:
            release(connection, "2", USERS, VIDEOS, turn=2)
        assert _state(url) == _of(2)


def test_a_server_that_restarts_in_mid_copy_is_waited_for() -> None:
    with _own_server() as (server, url):
        name_url(VARIABLE, url)
        in_transaction(VARIABLE, migrate)

        def restart() -> None:
            server.stop()
            server.start()

        again = _once(restart)
        rows = in_transaction(VARIABLE, lambda c: stage_version(c, "1", _batches(again)))
        assert rows[Side.VIDEO] == 3


def test_a_reader_with_an_old_snapshot_reads_its_version_to_the_end(database: str) -> None:
    with closing(connect(database)) as connection:
        release(connection, "1", USERS, VIDEOS, turn=1)
        with closing(connect(database)) as reader:
            reader.isolation_level = "REPEATABLE READ"
            assert live_version(reader) == "1"
            release(connection, "2", USERS, VIDEOS, turn=2)
            prune(connection, keep=2)
            connection.commit()
            assert live_version(reader) == "1"
            assert load_embeddings_from_db(reader, Side.VIDEO, "1").ids == VIDEOS
    assert _state(database) == _of(2)


@contextmanager
def _meanwhile(work: Any) -> Iterator[threading.Event]:
    """Calls `work` again and again in a thread; its errors are raised at the end.

    Yields:
        An event that is set after 30 calls, or an error.
    """
    stop, enough, errors = threading.Event(), threading.Event(), list[BaseException]()

    def loop() -> None:
        try:
            for number in itertools.count():
                if stop.is_set():
                    break
                work(number)
                if number == 30:
                    enough.set()
        except BaseException as error:  # noqa: BLE001
            errors.append(error)
            enough.set()

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield enough
    finally:
        stop.set()
        thread.join()
    if errors:
        raise errors[0]


def test_the_application_s_own_program_goes_on_writing_single_rows(database: str) -> None:
    """Its row stands until the next switch, ours from then on; neither program sees an error."""
    upsert = (
        "INSERT INTO video_embeddings VALUES (%s, %s::real[]::vector, now(), 'own')"
        " ON CONFLICT (video_id) DO UPDATE SET model_version = excluded.model_version"
    )
    with closing(connect(database)) as program, closing(connect(database)) as connection:

        def write(number: int) -> None:
            with program, program.cursor() as cursor:
                cursor.execute(upsert, (VIDEOS[number % 5], unit(0).tolist()))

        with _meanwhile(write) as enough:
            version = 0
            while version < 5 or not enough.is_set():
                version += 1
                release(connection, str(version), USERS, VIDEOS, turn=version)
        write(0)
        switch(connection, str(version - 1), mirror=True)
        connection.commit()
    assert _state(database) == _of(version - 1)


def test_no_answer_mixes_two_versions(database: str) -> None:
    """User i of version v is nearest to video i of it; of another version, to another video."""
    with closing(connect(database)) as connection:
        world = fill(connection)
        videos = list(world.videos[:5])
        release(connection, "1", [], videos, turn=1)

    def answer(reader: Connection, number: int) -> None:
        client: Any = SimpleNamespace(
            embed_users=lambda _, version: [unit(number % 5 + int(version))]
        )
        found = recommend_videos(reader, client, "00000000-0000-0000-0000-000000000000", 1)
        assert (found.source, found.videos[0].video_id) == ("two_tower", videos[number % 5])
        assert found.videos[0].score == pytest.approx(1)

    with (
        closing(connect(database)) as reader,
        closing(connect(database)) as connection,
        _meanwhile(lambda number: answer(reader, number)) as enough,
    ):
        version = 1
        while version < 5 or not enough.is_set():
            version += 1
            release(connection, str(version), [], videos, turn=version)
            switch(connection, str(version - 1), mirror=True)
            connection.commit()
            prune(connection, keep=3)
            connection.commit()
