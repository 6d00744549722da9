"""The grown world keeps the law that its page of SQL says in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from hashlib import md5
from pathlib import Path
from uuid import UUID

import psycopg2
import pytest

from benchmarks.reading.world import Size, grow
from pipeline import example_queries
from pipeline.settings import Settings
from schema.database import Connection, connect
from schema.errors import DataError
from schema.row_rules import valid_relations
from schema.source_tables import count_rows

pytestmark = pytest.mark.postgres

SMALL = Size(decisions=4000, users=60, videos=100)


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    """To a database without any table."""
    with closing(connect(database)) as opened:
        _one(opened, "DROP SCHEMA public CASCADE; CREATE SCHEMA public; SELECT 1")
        opened.commit()
        yield opened


def _one(connection: Connection, query: str) -> tuple[object, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone() or ()


def _content(connection: Connection) -> tuple[object, ...]:
    """An order-free hash of the two tables that the law decides most of."""
    return _one(
        connection,
        "SELECT (SELECT sum(hashtextextended(d::text, 0)) FROM user_video_decisions AS d),"
        " (SELECT sum(hashtextextended(v::text, 0)) FROM videos AS v)",
    )


def test_the_world_has_its_size_and_every_decision_is_sound(connection: Connection) -> None:
    grow(connection, SMALL)
    counts = count_rows(connection)
    assert (counts["user_video_decisions"], counts["users"], counts["videos"]) == (4000, 60, 100)
    sound = f"WITH {valid_relations()} SELECT count(*) FROM user_video_decisions"
    assert _one(connection, sound) == (4000,)


def test_decisions_grow_in_time_and_nobody_decides_before_joining(connection: Connection) -> None:
    """By the square root, a quarter falls into the first half of the time."""
    grow(connection, SMALL)
    early, first, last = _one(
        connection,
        "SELECT avg((decided_at < '2023-01-01+00')::int),"
        " min(decided_at) >= '2021-01-01+00', max(decided_at) < '2025-01-01+00'"
        " FROM user_video_decisions",
    )
    assert float(str(early)) == pytest.approx(0.25, abs=0.001)
    assert first
    assert last
    before = "SELECT count(*) FROM user_video_decisions NATURAL JOIN users WHERE decided_at <"
    assert _one(connection, f"{before} created_at") == (0,)
    assert _one(connection, f"{before} created_at + interval '1 year'") > (100,)


def test_popularity_falls_as_the_root_of_the_rank(connection: Connection) -> None:
    """The first quarter of the videos has half of the decisions."""
    grow(connection, SMALL)
    query = (
        "SELECT sum(n) FILTER (WHERE rank <= 25) / 4000 FROM (SELECT count(*) AS n,"
        " row_number() OVER (ORDER BY count(*) DESC) AS rank"
        " FROM user_video_decisions GROUP BY video_id) AS counted"
    )
    assert float(str(_one(connection, query)[0])) == pytest.approx(0.5, abs=0.03)


def test_users_like_three_in_four_of_their_genre_and_one_in_four_of_others(
    connection: Connection,
) -> None:
    grow(connection, SMALL)
    number = {
        _id(kind, n): n for kind, count in (("user", 60), ("video", 100)) for n in range(count)
    }
    likes: dict[bool, list[bool]] = {True: [], False: []}
    with connection.cursor() as cursor:
        cursor.execute("SELECT user_id::text, video_id::text, decision FROM user_video_decisions")
        for user, video, decision in cursor:
            likes[number[user] % 12 == number[video] % 12].append(decision == "like")
    assert sum(likes[True]) / len(likes[True]) == pytest.approx(0.75, abs=0.08)
    assert sum(likes[False]) / len(likes[False]) == pytest.approx(0.25, abs=0.03)


def _id(kind: str, number: int) -> str:
    return str(UUID(md5(f"{kind}/7/{number}".encode()).hexdigest()))  # noqa: S324


def test_the_seed_alone_decides(connection: Connection) -> None:
    contents = []
    for seed in (7, 7, 8):
        grow(connection, Size(decisions=50, users=5, videos=9, seed=seed))
        contents.append(_content(connection))
        _one(connection, "DROP SCHEMA public CASCADE; CREATE SCHEMA public; SELECT 1")
    assert contents[0] == contents[1]
    assert contents[0] != contents[2]


def test_the_keys_are_there_in_the_end(connection: Connection) -> None:
    grow(connection, Size(decisions=50, users=5, videos=9))
    copy = "INSERT INTO user_video_decisions SELECT {} FROM user_video_decisions LIMIT 1"
    with pytest.raises(psycopg2.errors.UniqueViolation):
        _one(connection, copy.format("*"))
    connection.rollback()
    with pytest.raises(psycopg2.errors.ForeignKeyViolation):
        _one(connection, copy.format("gen_random_uuid(), video_id, decision, decided_at"))


def test_a_world_without_anything_is_refused() -> None:
    with pytest.raises(DataError, match="got 0, 100000 and 32304: change ROWS"):
        Size(decisions=0)


@pytest.mark.tfx
def test_copy_and_the_executor_read_the_same_rows(
    connection: Connection, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmarks.reading.measuring import copied, filled, read

    grow(connection, SMALL)
    monkeypatch.setenv("DATABASE_URL", database)
    settings = Settings(folder=tmp_path)
    reading = example_queries.decisions(settings)
    query = filled(database, reading, settings.window_rule, "train")
    by_copy = copied(database, query, reading.ranges)
    by_executor = read(reading, "train", query, tmp_path)
    assert by_copy.rows == by_executor.rows > 1000
    assert len(list(tmp_path.glob("examples/Split-train/*.gz"))) == reading.ranges
