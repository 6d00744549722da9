"""A video's features for a request are the catalogue's row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from uuid import UUID

import pytest

from schema import queries
from schema.database import Connection, connect
from schema.errors import DataError
from schema.feature import Side
from schema.features import model_inputs
from schema.windows import TimeWindows, WindowRule, resolve_windows
from serving.video_features import batch_video_features, extract_video_features
from tests.schema.random_world import ask
from tests.serving.as_instance import as_instance, unpadded
from tests.toy_world import ToyWorld, fill

pytestmark = pytest.mark.postgres

BARE = str(UUID(int=9))


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with closing(connect(database)) as opened:
        yield opened


def _windows(connection: Connection) -> TimeWindows:
    return resolve_windows(connection, WindowRule())


@pytest.fixture
def world(connection: Connection) -> ToyWorld:
    return fill(connection)


def _catalogue(connection: Connection) -> dict[str, dict[str, object]]:
    """Every row that the pipeline reads, as the signature takes it."""
    windows = _windows(connection)
    rows = ask(connection, queries.fill(queries.CATALOGUE, windows, "all", {}))
    return {row["video_id"]: as_instance(row, Side.VIDEO) for row in rows}


def test_each_video_s_features_are_its_row_of_the_catalogue(
    connection: Connection, world: ToyWorld
) -> None:
    catalogue = _catalogue(connection)
    assert catalogue.keys() == set(world.videos)
    at = _windows(connection).eval_end
    batch = batch_video_features(connection, world.videos, at)
    assert {video: unpadded(row) for video, row in batch.items()} == catalogue
    for video in world.videos:
        assert unpadded(extract_video_features(connection, video, at)) == catalogue[video]


def test_the_features_of_one_video_by_hand(connection: Connection, world: ToyWorld) -> None:
    """Video 2 of the toy world; half-width kana and capital letters of the title arrive plain."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE videos SET title = 'ﾅｲﾄ GO', released_at = %s WHERE video_id = %s",
            (datetime(2026, 1, 1, tzinfo=UTC), world.videos[2]),
        )
    at = datetime(2026, 1, 3, 12, tzinfo=UTC)
    assert extract_video_features(connection, world.videos[2].upper(), at) == {
        "video_id": world.videos[2],
        "text": "ナイト go even 作品 1 anna holm 佐藤花子 classic even",
        "genre": "even",
        "maker": "松竹堂",
        "tags": ["classic", "even"],
        "performers": ["Anna Holm", "佐藤花子"],
        "price": 600.0,
        "duration_seconds": 1200.0,
        "performer_count": 2.0,
        "tag_count": 2.0,
        "age_days": 2.5,
    }


def test_a_video_with_nothing_but_a_title_gets_the_defaults(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO videos (video_id, title) VALUES (%s, '夜')", [BARE])
    features = extract_video_features(connection, BARE)
    assert str(features["text"]).split() == ["夜"]
    assert features == {
        "video_id": BARE, "text": features["text"], "genre": "", "maker": "",
        "tags": [""], "performers": [""],
        "price": -1.0, "duration_seconds": -1.0, "performer_count": 0.0, "tag_count": 0.0,
        "age_days": -1.0,
    }  # fmt: skip
    assert list(features) == [column.name for column in model_inputs(Side.VIDEO)]


def test_an_unknown_video_is_an_error_alone_and_left_out_of_a_batch(
    connection: Connection, world: ToyWorld
) -> None:
    with pytest.raises(DataError, match="expected a video of the table videos, got none"):
        extract_video_features(connection, BARE)
    assert batch_video_features(connection, [BARE]) == {}
    assert batch_video_features(connection, []) == {}
    twice = [world.videos[0], BARE, world.videos[0]]
    assert batch_video_features(connection, twice).keys() == {world.videos[0]}


def test_what_is_no_uuid_is_refused(connection: Connection) -> None:
    with pytest.raises(ValueError, match="badly formed"):
        extract_video_features(connection, "1'; --")
