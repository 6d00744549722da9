"""Checks that a right version passes, each of which one planted fault fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from uuid import UUID

import numpy as np
import pytest

from releases.checks import check_counts, check_lengths, check_served, check_spread, spread_of
from releases.migrate import migrate
from releases.search_checks import check_overlap, check_search
from releases.vectors import Embeddings, stage_version
from schema.arrays import Float32
from schema.database import Connection, connect
from schema.documents.release import Check
from schema.feature import Side
from tests.toy_world import ToyWorld, fill

pytestmark = pytest.mark.postgres

RANDOM = np.random.default_rng(5)


def _unit(count: int, spread: float = 1.0) -> Float32:
    """Around one direction; 1 for all directions alike."""
    rows = spread * RANDOM.normal(size=(count, 768)) + (1 - spread)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


@pytest.fixture
def world(database: str) -> Iterator[tuple[Connection, ToyWorld]]:
    with closing(connect(database)) as opened:
        filled = fill(opened)
        migrate(opened)
        yield opened, filled


def _stage(
    connection: Connection, version: str, world: ToyWorld, users: Float32, videos: Float32
) -> None:
    sides = {
        Side.USER: [Embeddings(list(world.users), users)],
        Side.VIDEO: [Embeddings(list(world.videos), videos)],
    }
    stage_version(connection, version, sides)


def _passed(checks: list[Check]) -> list[bool]:
    return [check.passed for check in checks]


def test_a_right_version_passes_and_finds_what_numpy_finds(
    world: tuple[Connection, ToyWorld],
) -> None:
    connection, toy = world
    _stage(connection, "1", toy, _unit(40), _unit(60))
    checks = [
        *check_counts(connection, "1", {Side.USER: 40, Side.VIDEO: 60}),
        *check_lengths(connection, "1"),
        *check_spread(connection, "1", ""),
        *check_search(connection, "1"),
    ]
    assert _passed(checks) == [True] * 9
    got = {check.name: check.got for check in checks}
    assert got["recall@20, the seen videos the nearest"] == "1.000"
    assert got["recall@20, the seen videos spread"] == "1.000"


def test_a_row_too_few_fails(world: tuple[Connection, ToyWorld]) -> None:
    connection, toy = world
    _stage(connection, "1", toy, _unit(40), _unit(60))
    found = check_counts(connection, "1", {Side.USER: 40, Side.VIDEO: 61})
    assert _passed(found) == [True, False]
    assert (found[1].expected, found[1].got) == ("61", "60")


def test_one_vector_of_another_length_fails(world: tuple[Connection, ToyWorld]) -> None:
    connection, toy = world
    videos = _unit(60)
    videos[17] *= 1.002
    _stage(connection, "1", toy, _unit(40), videos)
    found = check_lengths(connection, "1")
    assert [check.got for check in found] == ["0", "1"]
    assert _passed(found) == [True, False]


def test_videos_that_point_one_way_fail_and_the_live_figures_stand_beside(
    world: tuple[Connection, ToyWorld],
) -> None:
    connection, toy = world
    _stage(connection, "1", toy, _unit(40), _unit(60))
    _stage(connection, "2", toy, _unit(40), _unit(60, spread=0.05))
    found = check_spread(connection, "2", "1")
    assert _passed(found) == [False, False]
    assert "(live: " in found[0].got


def test_the_spread_of_known_vectors() -> None:
    """Four of k axes: pairs have cosine 1 on one axis, else 0; k equal eigenvalues have rank k."""
    axes = np.eye(768, dtype=np.float32)
    assert spread_of(axes[[0, 0, 0, 0]]) == pytest.approx((1.0, 1.0))
    assert spread_of(axes[[0, 0, 1, 1]]) == pytest.approx((1 / 3, 2.0))
    assert spread_of(axes[[0, 1, 2, 3]]) == pytest.approx((0.0, 4.0))
    assert spread_of(axes[:1]).cosine == 0


def test_a_search_that_answers_by_other_vectors_fails(
    world: tuple[Connection, ToyWorld],
) -> None:
    """As an index does that was built on other rows; half of the short forms are swapped."""
    connection, toy = world
    _stage(connection, "1", toy, _unit(40), _unit(60))
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE two_tower.video_vectors_1 ALTER COLUMN search DROP EXPRESSION;"
            " UPDATE two_tower.video_vectors_1 AS one SET search = other.search"
            " FROM two_tower.video_vectors_1 AS other WHERE other.video_id ="
            " (SELECT max(video_id::text)::uuid FROM two_tower.video_vectors_1)"
        )
    found = check_search(connection, "1")
    assert not all(_passed(found))


def test_ids_that_are_mixed_up_have_no_overlap_with_the_live_version(
    world: tuple[Connection, ToyWorld],
) -> None:
    connection, toy = world
    with connection.cursor() as cursor:  # many, so that chance alone does not overlap
        cursor.execute(
            "INSERT INTO videos SELECT md5(n::text)::uuid, 'x' FROM generate_series(1, 3000) n"
        )
        cursor.execute("SELECT video_id::text FROM videos ORDER BY 1")
        ids = [video for (video,) in cursor]
    users, videos = _unit(40), _unit(len(ids))
    people = [Embeddings(list(toy.users), users)]
    for version, order in (("1", ids), ("2", ids), ("3", ids[::-1])):
        sides = {Side.USER: people, Side.VIDEO: [Embeddings(order, videos)]}
        stage_version(connection, version, sides)
    assert check_overlap(connection, "1", "") == []
    (same,) = check_overlap(connection, "2", "1")
    assert (same.got, same.passed) == ("1.000", True)
    (mixed,) = check_overlap(connection, "3", "1")
    assert not mixed.passed


def test_a_served_vector_may_differ_by_rounding_alone() -> None:
    staged = Embeddings([str(UUID(int=n)) for n in range(2)], _unit(2))
    assert check_served("users", staged, staged.vectors + np.float32(9e-6)).passed
    assert not check_served("users", staged, staged.vectors[::-1]).passed
    assert not check_served("users", staged, staged.vectors[:1]).passed
