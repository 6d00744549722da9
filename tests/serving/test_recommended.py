"""Neither tower nor popularity recommends seen, invalid or unreleased videos."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from schema.database import Connection, connect
from serving.recommender.recommend import recommend_videos
from tests.releases.staging import release_alike
from tests.schema.loose_world import fill_loosely

pytestmark = pytest.mark.postgres


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with closing(connect(database)) as opened:
        yield opened


@pytest.mark.parametrize("source", ["two_tower", "popularity"])
def test_seen_unsound_and_unreleased_videos_are_never_recommended(
    connection: Connection, source: str
) -> None:
    world = fill_loosely(connection)
    user = world.users[0]
    client: Any = SimpleNamespace(embed_users=lambda *_: [np.ones(768, np.float32)])
    if source == "two_tower":
        release_alike(connection, "7")
    with connection.cursor() as cursor:

        def recommended() -> set[str]:
            answer = recommend_videos(connection, client, user, 60)
            assert answer.source == source
            return {video.video_id for video in answer.videos}

        before = recommended()
        bad, late, seen = sorted(before)[:3]
        cursor.execute("UPDATE videos SET title = chr(7) WHERE video_id = %s", (bad,))
        cursor.execute("UPDATE videos SET released_at = 'infinity' WHERE video_id = %s", (late,))
        cursor.execute(
            "INSERT INTO user_video_decisions VALUES (%s, %s, 'superlike', NULL)", (user, seen)
        )
        assert recommended() == before - {bad, late, seen}
