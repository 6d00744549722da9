"""Users and videos that came after a release are added to the live version, once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from releases.registry import find
from releases.switch import switch
from releases.vectors import load_embeddings_from_db
from schema.arrays import Float32
from schema.database import Connection, connect
from schema.errors import ReleaseError
from schema.feature import Side
from serving import new_embeddings
from serving.new_embeddings import embed_new
from tests.releases.staging import release, unit
from tests.toy_world import ToyWorld, fill

pytestmark = pytest.mark.postgres

NEW = str(UUID(int=7))


@pytest.fixture
def world(database: str) -> Iterator[tuple[Connection, ToyWorld]]:
    with closing(connect(database)) as opened:
        toy = fill(opened)
        yield opened, toy


def _client(meanwhile: Any = lambda: None) -> Any:
    """A model server that gives everything the vector of axis 9."""

    def embed(instances: Sequence[object], *_: str) -> Float32:
        meanwhile()
        return np.tile(unit(9), (len(instances), 1))

    return SimpleNamespace(embed=embed)


def _count(connection: Connection, table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        (count,) = cursor.fetchone() or (0,)
    return int(count)


@pytest.mark.parametrize("mirror", [True, False])
def test_what_the_live_version_lacks_is_added_and_nothing_else(
    world: tuple[Connection, ToyWorld],
    monkeypatch: pytest.MonkeyPatch,
    mirror: bool,  # noqa: FBT001
) -> None:
    """In batches smaller than what is lacking."""
    connection, toy = world
    monkeypatch.setattr(new_embeddings, "_AT_ONCE", 7)
    release(connection, "1", toy.users[:30], toy.videos[:40], mirror=mirror)
    assert embed_new(connection, _client(), mirror=mirror) == {Side.USER: 10, Side.VIDEO: 20}
    videos = load_embeddings_from_db(connection, Side.VIDEO, "1")
    assert set(videos.ids) == set(toy.videos)
    axes = dict(zip(videos.ids, videos.vectors.argmax(axis=1).tolist(), strict=True))
    assert [axes[video] for video in toy.videos] == [*range(40), *[9] * 20]
    assert _count(connection, "video_embeddings") == (60 if mirror else 0)
    found = find(connection, "1")
    assert (found.users, found.videos) == (40, 60)
    assert embed_new(connection, _client(), mirror=mirror) == {Side.USER: 0, Side.VIDEO: 0}


def test_an_invalid_video_is_left_out(world: tuple[Connection, ToyWorld]) -> None:
    connection, toy = world
    release(connection, "1", toy.users, toy.videos)
    with connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO videos (video_id, title) VALUES (%s, chr(7))", (NEW,))
    assert embed_new(connection, _client(), mirror=True) == {Side.USER: 0, Side.VIDEO: 0}


def test_vectors_of_a_version_that_is_no_longer_live_are_not_written(
    world: tuple[Connection, ToyWorld], database: str
) -> None:
    connection, toy = world
    release(connection, "1", toy.users, toy.videos)
    release(connection, "2", toy.users, toy.videos[:59])

    def roll_back() -> None:
        with closing(connect(database)) as other:
            switch(other, "1", mirror=True)
            other.commit()

    with pytest.raises(ReleaseError, match="expected version 2 to be live, got 1"):
        embed_new(connection, _client(roll_back), mirror=True)
    connection.rollback()
    assert find(connection, "2").videos == 59


def test_without_a_live_version_the_error_says_what_to_do(
    world: tuple[Connection, ToyWorld],
) -> None:
    connection, _ = world
    with pytest.raises(ReleaseError, match="expected a live version, got none: run `make run`"):
        embed_new(connection, _client(), mirror=True)
