"""The function's SQL and code read the raw features that training reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from schema.database import connect
from serving.user_features import extract_user_features
from tests.deno import Deno
from tests.toy_world import ToyWorld, fill

pytestmark = [pytest.mark.edge, pytest.mark.postgres]

SCRIPT = Path(__file__).parent / "features_of.ts"
NOBODY = "00000000-0000-4000-8000-000000000001"


def _by_the_function(deno: Deno, url: str, users: list[str]) -> list[dict[str, object]]:
    return list(json.loads(deno.output(SCRIPT, *users, DATABASE_URL=url)))


def _by_the_service(url: str, users: list[str]) -> list[Mapping[str, object]]:
    with closing(connect(url, readonly=True)) as connection:
        return [extract_user_features(connection, user) for user in users]


def _steady(instance: Mapping[str, object]) -> dict[str, object]:
    """Numbers that change with every second are rounded to some hours."""
    return {
        name: round(value, 2) if isinstance(value, int | float) else value
        for name, value in instance.items()
    }


def _filled(url: str) -> ToyWorld:
    """With an emoji for a genre, and a user with many decisions."""
    with closing(connect(url)) as connection:
        world = fill(connection)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE videos SET genre = '🎬' WHERE video_id = %s", (world.videos[0],))
            cursor.execute(
                "INSERT INTO user_video_decisions SELECT %s, video_id, 'like',"
                " now() - random() * interval '9 days' FROM videos ON CONFLICT DO NOTHING",
                (world.users[1],),
            )
        connection.commit()
    return world


def test_every_feature_is_that_of_the_service(deno: Deno, database: str) -> None:
    world = _filled(database)
    users = [*world.users, NOBODY]
    ours, theirs = _by_the_function(deno, database, users), _by_the_service(database, users)
    assert [_steady(one) for one in ours] == [_steady(one) for one in theirs]
    assert any("🎬" in str(one) for one in ours)


def test_a_view_that_repeats_a_key_counts_once(deno: Deno, database: str) -> None:
    world = _filled(database)
    with closing(connect(database)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("ALTER TABLE user_video_decisions RENAME TO decisions_of_app")
        cursor.execute(
            "CREATE VIEW user_video_decisions AS SELECT * FROM decisions_of_app"
            " UNION ALL SELECT * FROM decisions_of_app"
        )
    users = world.users[:3]
    ours, theirs = _by_the_function(deno, database, users), _by_the_service(database, users)
    assert [_steady(one) for one in ours] == [_steady(one) for one in theirs]
