"""A version's tables: all of it or nothing, unseen, and read back as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from uuid import UUID

import numpy as np
import psycopg2
import pytest

from releases.migrate import migrate
from releases.registry import State, find
from releases.vectors import (
    Embeddings,
    drop_vectors,
    is_staged,
    load_embeddings_from_db,
    stage_version,
)
from schema.database import Connection, connect
from schema.feature import Side
from tests.releases.staging import release, stage

pytestmark = pytest.mark.postgres

ONE, TWO, THREE = (str(UUID(int=number)) for number in (1, 2, 3))


def _tables(connection: Connection) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE tablename LIKE '%\\_vectors\\_%'")
        return {name for (name,) in cursor}


def test_vectors_come_back_in_order_of_their_ids(connection: Connection) -> None:
    migrate(connection)
    vectors = np.random.default_rng(3).normal(size=(3, 768)).astype(np.float32)
    users = [Embeddings([TWO, ONE], vectors[:2]), Embeddings([THREE], vectors[2:])]
    assert stage_version(connection, "1", {Side.USER: users, Side.VIDEO: ()}) == {
        Side.USER: 3, Side.VIDEO: 0,
    }  # fmt: skip
    loaded = load_embeddings_from_db(connection, Side.USER, "1")
    assert loaded.ids == [ONE, TWO, THREE]
    np.testing.assert_array_equal(loaded.vectors, vectors[[1, 0, 2]])
    some = load_embeddings_from_db(connection, Side.USER, "1", only=[THREE, ONE])
    assert some.ids == [ONE, THREE]
    assert load_embeddings_from_db(connection, Side.USER, "1", most=2).ids == [ONE, TWO]
    assert load_embeddings_from_db(connection, Side.VIDEO, "1").vectors.shape == (0, 768)


def test_the_short_form_for_search_is_the_vector_in_half_precision(connection: Connection) -> None:
    """And it lies in the row, not outside it."""
    migrate(connection)
    vectors = np.random.default_rng(3).normal(size=(1, 768)).astype(np.float32)
    stage_version(connection, "1", {Side.USER: (), Side.VIDEO: [Embeddings([ONE], vectors)]})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT search::vector::real[], pg_column_size(search) FROM two_tower.video_vectors_1"
        )
        ((search, size),) = cursor.fetchall()
    np.testing.assert_array_equal(np.array(search, np.float32), vectors[0].astype(np.float16))
    assert size == 2 * 768 + 8


def test_a_failure_midway_leaves_neither_tables_nor_an_entry(connection: Connection) -> None:
    migrate(connection)
    connection.commit()

    def broken() -> Iterator[Embeddings]:
        yield Embeddings([ONE], np.ones((1, 768), np.float32))
        raise OSError

    with pytest.raises(OSError), connection:  # noqa: PT011
        stage_version(connection, "1", {Side.USER: (), Side.VIDEO: broken()})
    assert _tables(connection) == set()
    assert not is_staged(connection, "1")


def test_an_id_that_comes_twice_is_refused(connection: Connection) -> None:
    migrate(connection)
    twice = Embeddings([ONE, ONE], np.ones((2, 768), np.float32))
    with pytest.raises(psycopg2.errors.UniqueViolation):
        stage_version(connection, "1", {Side.USER: [twice], Side.VIDEO: ()})


def test_nobody_sees_a_version_that_is_staged(connection: Connection, database: str) -> None:
    release(connection, "1", [ONE], [TWO])
    stage(connection, "2", [ONE], [TWO], state=State.STAGED)
    with closing(connect(database)) as other, other.cursor() as cursor:
        cursor.execute(
            "SELECT model_version FROM user_embeddings UNION SELECT version FROM two_tower.live"
        )
        assert cursor.fetchall() == [("1",)]


def test_staging_again_replaces_what_an_earlier_attempt_left(connection: Connection) -> None:
    stage(connection, "1", [ONE, TWO], [THREE], state=State.FAILED)
    assert not is_staged(connection, "1")
    stage(connection, "1", [ONE], [], state=State.STAGED)
    assert is_staged(connection, "1")
    found = find(connection, "1")
    assert (found.users, found.videos, found.reason) == (1, 0, "")
    assert found.bytes > 0


def test_dropped_vectors_are_gone_and_once_more_is_no_fault(connection: Connection) -> None:
    stage(connection, "1", [ONE], [TWO])
    stage(connection, "11", [ONE], [TWO])
    for _ in range(2):
        drop_vectors(connection, "1")
        assert _tables(connection) == {"user_vectors_11", "video_vectors_11"}
