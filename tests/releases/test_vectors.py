"""Rows that the writer leaves in the application's tables, and rows that it does not touch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from uuid import UUID

import numpy as np
import pytest

from releases.migrate import migrate
from releases.vectors import (
    Embeddings,
    is_complete,
    load_embeddings_from_db,
    record_release,
    sync_embeddings_to_db,
    take_turn,
)
from schema.database import Connection, connect

pytestmark = [pytest.mark.postgres, pytest.mark.tfx]

ONE, TWO, THREE = (str(UUID(int=number)) for number in (1, 2, 3))
Rows = dict[str, tuple[str, float]]


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with closing(connect(database)) as opened:
        yield opened


def _batch(*ids: str, value: float) -> Embeddings:
    return Embeddings(list(ids), np.full((len(ids), 768), value, np.float32))


def _write(connection: Connection, version: str, *batches: Embeddings) -> int:
    return sync_embeddings_to_db(connection, "user_embeddings", "user_id", batches, version)


def _rows(connection: Connection) -> Rows:
    """Version and first number of each user's embedding."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT user_id, model_version, (embedding::real[])[1] FROM user_embeddings")
        return {user: (version, value) for user, version, value in cursor}


def _release(connection: Connection, version: str) -> None:
    """Two users and one video, as a run would."""
    migrate(connection)
    users = _write(connection, version, _batch(ONE, TWO, value=0.5))
    videos = sync_embeddings_to_db(
        connection, "video_embeddings", "video_id", [_batch(THREE, value=0.5)], version
    )
    record_release(connection, version, users, videos)
    connection.commit()


def test_a_new_version_replaces_its_own_ids_and_leaves_every_other_row(
    connection: Connection,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO user_embeddings VALUES (%s, %s, now(), 'x')", (THREE, str([9] * 768))
        )
    assert _write(connection, "1", _batch(ONE, value=0.25), _batch(TWO, value=0.5)) == 2
    connection.commit()
    assert _write(connection, "2", _batch(TWO, value=0.75)) == 1
    assert _rows(connection) == {ONE: ("1", 0.25), TWO: ("2", 0.75), THREE: ("x", 9.0)}


def test_the_moment_of_writing_is_utc_whatever_the_session_s_zone(connection: Connection) -> None:
    """`updated_at` has no zone of its own."""
    with connection.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'Asia/Tokyo'")
        _write(connection, "1", _batch(ONE, value=1))
        cursor.execute(
            "SELECT updated_at = transaction_timestamp() AT TIME ZONE 'UTC' FROM user_embeddings"
        )
        assert cursor.fetchall() == [(True,)]


def test_others_see_the_old_version_until_all_of_the_new_one_is_there(
    connection: Connection, database: str
) -> None:
    _release(connection, "1")
    _write(connection, "2", _batch(ONE, TWO, value=0.75))
    with closing(connect(database)) as other:
        assert {version for version, _ in _rows(other).values()} == {"1"}
    connection.commit()
    with closing(connect(database)) as other:
        assert {version for version, _ in _rows(other).values()} == {"2"}


def test_a_failure_midway_leaves_nothing(connection: Connection) -> None:
    def broken() -> Iterator[Embeddings]:
        yield _batch(ONE, value=1)
        raise OSError

    with pytest.raises(OSError), connection:  # noqa: PT011
        sync_embeddings_to_db(connection, "user_embeddings", "user_id", broken(), "1")
    assert _rows(connection) == {}
    assert _write(connection, "1", _batch(ONE, value=1)) == 1


def test_a_release_is_complete_once_recorded_and_no_longer_when_rows_are_lost(
    connection: Connection,
) -> None:
    migrate(connection)
    assert not is_complete(connection, "1")
    _release(connection, "1")
    assert is_complete(connection, "1")
    assert not is_complete(connection, "2")
    for loss in (
        "TRUNCATE user_embeddings",
        "TRUNCATE video_embeddings",
        "DELETE FROM two_tower.releases",
        "UPDATE video_embeddings SET model_version = '2'",
    ):
        connection.cursor().execute(loss)
        assert not is_complete(connection, "1"), loss
        connection.rollback()
    assert is_complete(connection, "1")


def test_two_releases_wait_for_each_other(connection: Connection, database: str) -> None:
    """And preparing again changes nothing."""
    attempt = "SELECT pg_try_advisory_xact_lock(hashtext('two_tower.releases'))"
    _release(connection, "1")
    migrate(connection)
    connection.commit()
    take_turn(connection)
    with closing(connect(database)) as other, other.cursor() as cursor:
        cursor.execute(attempt)
        assert cursor.fetchone() == (False,)
        connection.commit()
        cursor.execute(attempt)
        assert cursor.fetchone() == (True,)
    assert is_complete(connection, "1")


def test_embeddings_of_a_version_come_back_in_order_of_their_ids(connection: Connection) -> None:
    vectors = np.random.default_rng(3).normal(size=(2, 768)).astype(np.float32)
    _write(connection, "1", Embeddings([TWO, ONE], vectors), _batch(THREE, value=0.5))
    connection.commit()
    _write(connection, "2", _batch(THREE, value=0.75))
    loaded = load_embeddings_from_db(connection, "user_embeddings", "user_id", "1")
    assert loaded.ids == [ONE, TWO]
    np.testing.assert_array_equal(loaded.vectors, vectors[[1, 0]])
    assert load_embeddings_from_db(connection, "user_embeddings", "user_id", "9").ids == []
