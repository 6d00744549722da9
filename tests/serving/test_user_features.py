"""A request's features are the training query's, in the raw form that the model takes."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest

from schema import queries
from schema.database import connect
from schema.features import Side, model_inputs
from schema.windows import TimeWindows
from serving.user_features import batch_user_features, extract_user_features
from tests.schema.random_world import NOON, ask, random_decisions, random_videos, write
from tests.serving.as_instance import as_instance, unpadded
from tests.toy_world import START, fill

pytestmark = pytest.mark.postgres


def test_features_count_what_came_strictly_before_the_moment(database: str) -> None:
    with closing(connect(database)) as connection:
        user = fill(connection).users[0]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT decided_at, count(*) FILTER (WHERE decision = 'like') OVER ("
                " ORDER BY decided_at) FROM user_video_decisions WHERE user_id = %s"
                " ORDER BY decided_at OFFSET 9 LIMIT 1",
                (user,),
            )
            at, likes = cursor.fetchone() or (None, None)
        later = extract_user_features(connection, user, at + timedelta(microseconds=1))
        assert later["total_likes"] == likes
        first = extract_user_features(connection, user, START)
        assert first["total_likes"] == 0


CUTS = [NOON + timedelta(hours=hours) for hours in (1000, 1500, 2001)]
SAMPLING = {"seed": 1, "ratio": 2, "alpha": 0.75, "tries": 10, "large_genres": 8}


@pytest.mark.parametrize(
    ("query", "split"),
    [(queries.DECISIONS, "train"), (queries.DECISIONS, "valid"), (queries.EVAL_PAIRS, "eval")],
)
def test_each_row_of_the_training_queries_is_what_a_request_at_its_moment_gets(
    database: str, query: str, split: str
) -> None:
    with closing(connect(database)) as connection:
        spare = random_videos(Random(5), 60)  # noqa: S311
        write(connection, random_decisions(5), spare)
        text = queries.fill(query, TimeWindows(*CUTS), split, SAMPLING)
        text = text.replace(
            "SELECT user_features.user_id", "SELECT user_features.key_at, user_features.user_id"
        )
        found = ask(connection, text)
        for row in found:
            request = extract_user_features(connection, row["user_id"], row["key_at"])
            assert unpadded(request) == as_instance(row, Side.USER)
    assert len(found) > 10


def test_an_unknown_user_gets_the_defaults_of_a_cold_start(database: str) -> None:
    with closing(connect(database)) as connection:
        features = extract_user_features(connection, str(UUID(int=7)))
    assert features["total_likes"] == 0
    assert features["avg_price"] == -1
    assert features["liked_videos"] == [""]
    assert features.keys() == {column.name for column in model_inputs(Side.USER)}


def test_an_id_may_be_in_capitals(database: str) -> None:
    with closing(connect(database)) as connection:
        user = fill(connection).users[0]
        assert extract_user_features(connection, user.upper())["total_likes"] == 29


def test_lists_of_a_batch_are_of_one_length_and_each_user_has_a_row(database: str) -> None:
    with closing(connect(database)) as connection:
        users = [*fill(connection).users[:3], str(UUID(int=7))]
        batch = batch_user_features(connection, users)
    assert batch.keys() == set(users)
    assert {len(row["liked_videos"]) for row in batch.values()} == {29}  # type: ignore[arg-type]
