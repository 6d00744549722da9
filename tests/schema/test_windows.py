"""Time windows by shares of the decisions or at given moments, half-open, in UTC."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import pytest

from schema.database import Connection, connect
from schema.errors import DataError
from schema.windows import TimeWindows, WindowRule, resolve_windows

MIDNIGHT = datetime(2025, 3, 1, tzinfo=UTC)
MOMENTS = ("2025-03-01T00:00:00+00:00", "2025-03-02T09:00:00+09:00", "2025-03-03T00:00:00Z")


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with closing(connect(database)) as opened:
        yield opened


def _decide(connection: Connection, moments: list[datetime]) -> None:
    """One user, one video, a decision at each moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH u AS (INSERT INTO users VALUES (gen_random_uuid()) RETURNING user_id),"
            " v AS (INSERT INTO videos VALUES (gen_random_uuid(), 't') RETURNING video_id)"
            " SELECT user_id, video_id FROM u, v"
        )
        for at in moments:
            cursor.execute(
                "INSERT INTO user_video_decisions SELECT user_id, video_id, 'like', %s"
                " FROM users, videos",
                (at,),
            )


@pytest.mark.postgres
def test_shares_cut_the_decisions_and_the_last_one_is_inside(connection: Connection) -> None:
    """20 decisions, an hour apart: the 16th opens valid, the 18th opens eval."""
    _decide(connection, [MIDNIGHT + timedelta(hours=number) for number in range(20)])
    windows = resolve_windows(connection, WindowRule(valid_fraction=0.1, eval_fraction=0.1))
    assert windows == TimeWindows(
        MIDNIGHT.replace(hour=15),
        MIDNIGHT.replace(hour=17),
        MIDNIGHT.replace(hour=19, microsecond=1),
    )


@pytest.mark.postgres
def test_given_moments_override_the_shares(connection: Connection) -> None:
    windows = resolve_windows(connection, WindowRule(moments=MOMENTS))
    assert windows == TimeWindows(*(MIDNIGHT + timedelta(days=days) for days in range(3)))


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("moments", "got"),
    [([], "got none: fill user_video_decisions"), ([MIDNIGHT], "got 2025-03-01T00:00:00")],
)
def test_too_few_decisions_are_refused(
    connection: Connection, moments: list[datetime], got: str
) -> None:
    _decide(connection, moments)
    with pytest.raises(DataError, match=got):
        resolve_windows(connection, WindowRule())


@pytest.mark.postgres
def test_a_moment_without_a_zone_is_refused(connection: Connection) -> None:
    rule_of = ("2025-03-01T00:00:00", "2025-03-02T00:00:00", "2025-03-03T00:00:00")
    with pytest.raises(DataError):
        resolve_windows(connection, WindowRule(moments=rule_of))


@pytest.mark.parametrize("shares", [(0, 0.1), (0.1, 0), (0.5, 0.5), (-0.1, 0.3)])
def test_shares_that_leave_a_window_empty_are_refused(shares: tuple[float, float]) -> None:
    with pytest.raises(DataError, match=f"got {shares[0]} and {shares[1]}"):
        WindowRule(*shares)


@pytest.mark.parametrize("days", [(1, 0, 2), (0, 2, 1), (0, 0, 1), (0, 1, 1)])
def test_windows_that_do_not_follow_each_other_are_refused(days: tuple[int, int, int]) -> None:
    with pytest.raises(DataError, match="expected train_end < valid_end < eval_end"):
        TimeWindows(*(MIDNIGHT + timedelta(days=day) for day in days))


def test_bounds_meet_without_gap_and_are_in_utc() -> None:
    tokyo = timezone(timedelta(hours=9))
    ends = (datetime(2025, 3, day, 9, tzinfo=tokyo) for day in (1, 2, 3))
    windows = TimeWindows(*ends)
    first, second, third = (f"2025-03-0{day}T00:00:00+00:00" for day in (1, 2, 3))
    assert windows.bounds("train") == ("-infinity", first)
    assert windows.bounds("valid") == (first, second)
    assert windows.bounds("eval") == (second, third)
    assert windows.bounds("all") == ("-infinity", third)
