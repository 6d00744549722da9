"""Each row is sound or has one reason, as a loop over the rows says."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2.extras import execute_values

from components.quarantine.store import prepare, quarantine
from schema.database import Connection, connect
from schema.row_rules import valid_relations
from schema.source_tables import expected_tables
from tests.schema.loose_world import trial

pytestmark = pytest.mark.postgres

KNOWN, OTHER, BROKEN = (str(UUID(int=number)) for number in (1, 2, 3))
NOW = datetime.now(UTC)
BOUND = datetime(1970, 1, 1, tzinfo=UTC)
MOMENTS = (BOUND, BOUND - timedelta(microseconds=1), NOW - timedelta(days=1), NOW + timedelta(1))
Decision = tuple[str | None, str | None, str | None, datetime | None]


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    """Tables without constraints; one sound user, one sound video, one that is not."""
    with closing(connect(database)) as opened:
        with opened, opened.cursor() as cursor:
            for table in expected_tables():
                cursor.execute(f"ALTER TABLE {table} RENAME TO strict_{table}")
                cursor.execute(f"CREATE TABLE {table} AS TABLE strict_{table}")
            cursor.execute("INSERT INTO users VALUES (%s)", (KNOWN,))
            cursor.execute(
                "INSERT INTO videos VALUES (%s, 'sound'), (%s, E'\\u0001')", (KNOWN, BROKEN)
            )
        yield opened


def _reason(user: str | None, video: str | None, word: str | None, at: datetime | None) -> str:
    if user is None or video is None or word is None or at is None:
        return "missing value"
    if word not in {"like", "nope"}:
        return "unknown decision"
    if at < BOUND or at > NOW:
        return "impossible date"
    if user != KNOWN:
        return "unknown user"
    return "" if video == KNOWN else "unknown video"


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([KNOWN, KNOWN, OTHER, None]),
            st.sampled_from([KNOWN, KNOWN, OTHER, BROKEN, None]),
            st.sampled_from(["like", "nope", "Like", "", None]),
            st.sampled_from([*MOMENTS, None]),
        ),
        max_size=40,
    )
)
def test_a_decision_is_sound_or_has_the_reason_of_the_first_rule_that_it_breaks(
    connection: Connection, decisions: list[Decision]
) -> None:
    expected = Counter(_reason(*decision) for decision in decisions)
    sound = expected.pop("", 0)
    with trial(connection) as cursor:
        execute_values(
            cursor, "INSERT INTO user_video_decisions VALUES %s", decisions or [(None,) * 4]
        )
        expected["missing value"] += not decisions
        cursor.execute(f"WITH {valid_relations()} SELECT count(*) FROM user_video_decisions")
        assert cursor.fetchone() == (sound,)
        prepare(connection, "run")
        found = quarantine(connection, "run")
        assert {f.reason: f.rows for f in found if f.table == "user_video_decisions"} == {
            reason: rows for reason, rows in expected.items() if rows
        }


def test_text_is_unreadable_by_control_characters_and_the_replacement_character_alone(
    connection: Connection,
) -> None:
    """Every character to the end of kana, the last block before astral ones, and some beyond."""
    points = [*range(1, 0x3100), *range(0xFE00, 0x10000), 0x1F600, 0x20000]
    readable = {
        point for point in points
        if chr(point) in "\t\n\r" or (unicodedata.category(chr(point)) != "Cc" and point != 0xFFFD)
    }  # fmt: skip
    with trial(connection) as cursor:
        rows = [(str(UUID(int=point << 8)), f"夜{chr(point)}x") for point in points]
        execute_values(cursor, "INSERT INTO videos VALUES %s", rows, page_size=5000)
        cursor.execute(f"WITH {valid_relations()} SELECT video_id FROM videos")
        found = {UUID(video).int >> 8 for (video,) in cursor} - {0}
    assert found == readable


def test_a_minute_of_six_hundred_decisions_is_a_hand_s_and_one_more_is_not(
    connection: Connection,
) -> None:
    insert = (
        "INSERT INTO user_video_decisions SELECT %s, %s, 'like',"
        " '2025-01-01 00:00'::timestamptz + n * interval '99 milliseconds'"
        " FROM generate_series(0, %s) AS n"
    )
    # The 608th comes after 60.093 s.
    for rows, sound in ((600, 600), (606, 0), (610, 3)):
        with trial(connection) as cursor:
            cursor.execute(insert, (KNOWN, KNOWN, rows - 1))
            cursor.execute(f"WITH {valid_relations()} SELECT count(*) FROM user_video_decisions")
            assert cursor.fetchone() == (sound,)
