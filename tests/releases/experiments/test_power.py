"""What can be found at the traffic of the logs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import pytest

from releases.experiments import Exposure, Kind, log_exposures
from releases.experiments.power import TRAFFIC, prospect, prospect_of
from releases.experiments.reading import Rows
from schema.database import Connection
from schema.errors import DataError
from tests.toy_world import START, fill

NOW = datetime(2026, 1, 31, tzinfo=UTC)


def _coins(days: int, users_a_day: int = 100) -> Rows:
    """New users each day with one video each; every second one likes it."""
    numbers = np.arange(days * users_a_day)
    rows = zip(numbers, numbers // users_a_day, np.ones(len(numbers)), numbers % 2, strict=True)
    return np.array(list(rows), TRAFFIC)


def test_an_even_share_of_coins_is_the_textbook_s() -> None:
    """2,800 users: 2.8016 * sqrt(0.25 * 4 / 2,800) = 0.0529 of likes, by 0.5 it is 10.6 %."""
    found = prospect_of(_coins(28), "exposures", NOW, 0.5, 0.2, Kind.SPLIT)
    assert found.base == 0.5
    assert found.findable[28] == pytest.approx(0.1059, abs=1e-4)
    assert found.findable[7] == pytest.approx(0.1059 * 2, abs=2e-4)
    assert (found.span, found.users) == (28, 2800)


def test_the_days_are_those_of_the_planned_difference() -> None:
    """0.56 / sqrt(days) of the above: 20 % after 7.85 days, 5 % after 125.6."""
    assert prospect_of(_coins(28), "", NOW, 0.5, 0.2, Kind.SPLIT).days == 8
    assert prospect_of(_coins(28), "", NOW, 0.5, 0.05, Kind.SPLIT).days == 126


def test_a_short_log_is_drawn_out_by_the_root_of_the_days() -> None:
    found = prospect_of(_coins(7), "", NOW, 0.5, 0.2, Kind.SPLIT)
    assert found.span == 7
    assert found.findable[28] == pytest.approx(found.findable[7] / 2)


def test_a_small_share_takes_longer() -> None:
    """1 / 0.1 + 1 / 0.9 = 11.1 for 4."""
    half, tenth = (prospect_of(_coins(28), "", NOW, share, 0.2, Kind.SPLIT) for share in (0.5, 0.1))
    assert tenth.findable[28] / half.findable[28] == pytest.approx((11.1111 / 4) ** 0.5, abs=1e-4)


def test_lists_side_by_side_need_likes_alone() -> None:
    """1,400 likes: 2.8016 / sqrt(1,400) = 7.5 points between the lists' parts of them."""
    found = prospect_of(_coins(28), "", NOW, 0.5, 0.2, Kind.INTERLEAVING)
    assert found.findable[28] == pytest.approx(0.0749, abs=1e-4)


@pytest.mark.postgres
def test_nothing_to_go_by_is_an_error(connection: Connection) -> None:
    with pytest.raises(DataError, match="expected exposures or decisions, got none"):
        prospect(connection, 0.5, 0.05, Kind.SPLIT)


@pytest.mark.postgres
def test_decisions_stand_in_until_there_are_exposures(connection: Connection) -> None:
    """The toy world's last 28 days: 40 users, each with a decision a day, 3 likes in 4."""
    world = fill(connection)
    found = prospect(connection, 0.5, 0.05, Kind.SPLIT)
    assert (found.source, found.users, found.span) == ("decisions", 40, 28)
    assert found.base == 0.75
    assert found.until == START + timedelta(days=39, minutes=39)
    shown = [
        Exposure(str(UUID(int=n)), video, user, "1", "two_tower", 1, START - timedelta(days=1))
        for n, (user, video) in enumerate((u, v) for u in world.users[:2] for v in world.videos[:3])
    ]
    log_exposures(connection, shown)
    found = prospect(connection, 0.5, 0.05, Kind.SPLIT)
    assert (found.source, found.users, found.span) == ("exposures", 2, 1)


@pytest.mark.postgres
def test_exposures_count_for_28_days_by_their_first_and_with_what_came_after(
    connection: Connection,
) -> None:
    """Three users and videos: liked after, liked at that moment, and shown too long ago: 1 of 2."""
    with connection.cursor() as cursor:
        for number, after_s in enumerate((60, 0, 60)):
            key = str(UUID(int=number))
            at = NOW - timedelta(days=40 if number == 2 else 5)
            cursor.execute("INSERT INTO users VALUES (%s)", (key,))
            cursor.execute("INSERT INTO videos VALUES (%s, 'a title')", (key,))
            values = (key, key, at + timedelta(seconds=after_s))
            cursor.execute("INSERT INTO user_video_decisions VALUES (%s, %s, 'like', %s)", values)
            log_exposures(connection, [Exposure(key, key, key, "1", "two_tower", 1, at)])
    last = str(UUID(int=9))
    log_exposures(
        connection, [Exposure(last, str(UUID(int=0)), str(UUID(int=0)), "1", "x", 1, NOW)]
    )
    found = prospect(connection, 0.5, 0.05, Kind.SPLIT)
    assert (found.users, found.base, found.span, found.until) == (2, 0.5, 6, NOW)
