"""The report of a small world whose figures are counted by hand, and when it concludes."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import numpy as np
import pytest
from psycopg2.extras import execute_values

from releases.experiments import Event, Exposure, Kind, log_events, log_exposures, start
from releases.experiments.buckets import bucket_of
from releases.experiments.report import Report, report
from schema.database import Connection
from schema.errors import DataError

pytestmark = pytest.mark.postgres

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
A, B, C, D = (str(UUID(int=100 + number)) for number in range(4))
"""Users: A and B of control, C and D of candidate."""
VIDEOS = [str(UUID(int=number)) for number in range(1, 21)]
EXPERIMENT = "towers"


@pytest.fixture
def world(connection: Connection) -> Connection:
    _insert(connection, "users (user_id)", [(user,) for user in (A, B, C, D)])
    _insert(connection, "videos (video_id, title)", [(video, "a title") for video in VIDEOS])
    return connection


def _insert(connection: Connection, table: str, rows: list[tuple[object, ...]]) -> None:
    with connection.cursor() as cursor:
        execute_values(cursor, f"INSERT INTO {table} VALUES %s", rows)


def _decide(connection: Connection, *rows: tuple[str, int, str, int]) -> None:
    """User, number of the video, decision, and seconds after NOW."""
    made = [(u, VIDEOS[v], d, NOW + timedelta(seconds=s)) for u, v, d, s in rows]
    _insert(connection, "user_video_decisions", made)


def _show(connection: Connection, user: str, arm: str, *videos: int, at: int = 0) -> list[Exposure]:
    """One answer, `at` seconds after NOW."""
    request, moment = str(uuid4()), NOW + timedelta(seconds=at)
    shown = [
        Exposure(request, VIDEOS[v], user, arm, "two_tower", place, moment, EXPERIMENT, arm)
        for place, v in enumerate(videos, 1)
    ]
    log_exposures(connection, shown)
    return shown


def _report(connection: Connection) -> Report:
    return report(connection, EXPERIMENT)


def _values(found: Report) -> dict[str, tuple[float, float]]:
    """Figures of control and candidate by name; coverage left out."""
    return {
        line.name: (line.control.value, line.candidate.value)
        for line in found.lines + found.by_decisions
        if line.name != "coverage"
    }


def test_figures_counted_by_hand(world: Connection) -> None:
    """Each arm has 4 videos of two users; control 2 likes and a nope, candidate one like."""
    start(world, EXPERIMENT, "1", "2")
    shown = _show(world, A, "control", 0, 1, 2)
    _show(world, B, "control", 0)
    _show(world, C, "candidate", 0, 1)
    _show(world, D, "candidate", 3, 4)
    _decide(world, (A, 0, "like", 1), (A, 1, "nope", 2), (B, 0, "like", 1), (D, 3, "like", 9))
    events = [Event(one.request_id, one.video_id, NOW, dwell_s=s)
              for one, s in zip(shown[:2], (10.0, 30.0), strict=True)]  # fmt: skip
    log_events(world, events)
    found = _report(world)
    values = _values(found)
    assert values["likes"] == (50, 25)
    assert values["nopes"] == (25, 0)
    assert values["click-through"] == (50, 0)
    assert values["dwell"] == (10, 0)
    assert (found.sample.control, found.sample.candidate) == (2, 2)


def test_what_is_no_outcome_of_an_exposure_does_not_count(world: Connection) -> None:
    """A decision of the same moment, of before, on another video, of another user."""
    start(world, EXPERIMENT, "1", "2")
    for user, arm in ((A, "control"), (B, "control"), (C, "candidate"), (D, "candidate")):
        _show(world, user, arm, 0)
    _decide(world, (A, 0, "like", 0), (B, 0, "like", -1), (C, 1, "like", 5))
    assert _values(_report(world))["likes"] == (0, 0)


def test_a_video_counts_once_by_its_first_exposure_and_first_decision(world: Connection) -> None:
    """A sees it three times, likes it after the first, and changes the decision later."""
    start(world, EXPERIMENT, "1", "2")
    for at in (0, 10, 20):
        shown = _show(world, A, "control", 0, at=at)
    _show(world, B, "control", 0)
    log_events(world, [Event(shown[0].request_id, shown[0].video_id, NOW)])
    _decide(world, (A, 0, "like", 5), (A, 0, "nope", 15))
    values = _values(_report(world))
    assert (values["likes"][0], values["nopes"][0]) == (50, 0)
    assert values["click-through"][0] == 25  # 1 of the 4 places


def test_a_user_counts_in_the_arm_of_the_first_exposure(world: Connection) -> None:
    """A is shown the candidate's answer later, likes it, and is counted for control."""
    start(world, EXPERIMENT, "1", "2")
    _show(world, A, "control", 0)
    _show(world, A, "candidate", 1, at=5)
    _show(world, B, "control", 0)
    for user in (C, D):
        _show(world, user, "candidate", 0)
    _decide(world, (A, 1, "like", 9))
    found = _report(world)
    assert _values(found)["likes"] == (pytest.approx(100 / 3), 0)
    assert sum(rung.crossed for rung in found.rungs) == 1
    assert [(r.arm, r.places) for r in found.rungs] == [("candidate", 2), ("control", 3)]


def test_groups_count_the_decisions_strictly_before_the_video_was_shown(world: Connection) -> None:
    """A: the first video after none, the second after one. B: after ten. The others after none."""
    start(world, EXPERIMENT, "1", "2")
    _show(world, A, "control", 0)
    _show(world, A, "control", 1, at=5)
    _show(world, B, "control", 0)
    for user in (C, D):
        _show(world, user, "candidate", 0)
    _decide(world, (A, 0, "like", 2), (C, 0, "nope", 3), (B, 0, "like", 1))
    _decide(world, *((B, v, "nope", -v) for v in range(1, 11)))
    _decide(world, (D, 7, "nope", 0))
    values = _values(_report(world))
    assert [name for name in values if name.startswith("likes, ")] == [
        "likes, none", "likes, 1 to 9", "likes, 10 to 49", "likes, 50 or more",
    ]  # fmt: skip
    assert values["nopes, none"][1] == 50
    assert np.isnan(values["likes, none"][0])  # A alone is too few for an interval


def test_a_changed_share_does_not_bias_the_figures(world: Connection) -> None:
    """Users weigh the inverse of their share: 90 : 10 and 50 : 50 at two moments, rates 0 and 1.

    Control gets 9 early users at 1 like and 5 late ones at none, candidate 1 and 5: unweighted
    it would be 9 of 14 to 1 of 6. Weighted, both arms have 10 early and 10 late users.
    """
    start(world, EXPERIMENT, "1", "2", share=0.1)
    ids = itertools.count(500)
    for share, counts, liked in ((0.1, (9, 1), True), (0.5, (5, 5), False)):
        with world.cursor() as cursor:
            cursor.execute("UPDATE two_tower.experiments SET share = %s", (share,))
        for arm, count in zip(("control", "candidate"), counts, strict=True):
            for user in [str(UUID(int=next(ids))) for _ in range(count)]:
                _insert(world, "users (user_id)", [(user,)])
                _show(world, user, arm, 0)
                if liked:
                    _decide(world, (user, 0, "like", 1))
    assert _values(_report(world))["likes"] == (pytest.approx(50), pytest.approx(50))


def test_random_places_weigh_the_inverse_of_their_propensity(world: Connection) -> None:
    """Control: 1 like at 0.5 and none at 0.25: 2 of 6; a like of the same moment is none.

    Places without a propensity do not count.
    """
    start(world, EXPERIMENT, "1", "2")
    plain = _show(world, A, "control", 5)[0]
    for user, video, propensity in ((A, 0, 0.5), (B, 1, 0.25)):
        own = plain._replace(request_id=str(uuid4()), user_id=user, video_id=VIDEOS[video])
        log_exposures(world, [own._replace(propensity=propensity)])
    _decide(world, (A, 0, "like", 1), (A, 5, "like", 1), (B, 1, "like", 0))
    found = _report(world).random_places
    assert set(found) == {"control"}
    assert found["control"].reward.value == pytest.approx(1 / 3)
    assert found["control"].effective == pytest.approx(36 / 20)


def test_a_like_belongs_to_the_last_random_place_before_it(world: Connection) -> None:
    """The video is shown again and liked then: 1 of 2 even places, not 2 of 2."""
    start(world, EXPERIMENT, "1", "2")
    for user, at in ((A, 0), (A, 10), (B, 0)):
        (one,) = _show(world, user, "control", 0, at=at)
        with world.cursor() as cursor:
            cursor.execute("UPDATE two_tower.exposures SET propensity = 0.5")
        assert one
    _decide(world, (A, 0, "like", 15))
    assert _report(world).random_places["control"].reward.value == pytest.approx(1 / 3)


def test_coverage_counts_distinct_videos_of_those_that_can_be_recommended(
    world: Connection,
) -> None:
    """A user of control is shown 1 video on average, of candidate 2; 16 of the 20 are released."""
    later = (
        "UPDATE videos SET released_at = now() + interval '1 day' WHERE video_id::text = ANY (%s)"
    )
    with world.cursor() as cursor:
        cursor.execute(later, (VIDEOS[16:],))
    start(world, EXPERIMENT, "1", "2")
    for at in (0, 10):
        _show(world, A, "control", 0, at=at)
    _show(world, B, "control", 1)
    _show(world, C, "candidate", 0, 1, 2)
    _show(world, D, "candidate", 3)
    line = _report(world).lines[-1]
    assert (line.control.value, line.candidate.value) == pytest.approx((100 / 16, 200 / 16))


def test_interleaved_likes_are_credited_to_the_list_that_placed_the_video(
    world: Connection,
) -> None:
    """Three likes, two of the candidate's list; what no list placed does not count."""
    start(world, EXPERIMENT, "1", "2", kind=Kind.INTERLEAVING)
    for user in (A, B):
        request = str(uuid4())
        lists = ("candidate", "control", None)
        log_exposures(world, [
            Exposure(request, VIDEOS[n], user, "1", "two_tower", n + 1, NOW, EXPERIMENT, arm)
            for n, arm in enumerate(lists)
        ])  # fmt: skip
    _decide(world, (A, 0, "like", 1), (A, 1, "like", 1), (B, 0, "like", 1), (B, 2, "like", 1))
    found = _report(world)
    likes = found.lines[0]
    assert (likes.control.value, likes.candidate.value) == pytest.approx((100 / 3, 200 / 3))
    assert likes.difference.value == pytest.approx(100 / 3)
    assert (found.sample.control, found.sample.candidate, found.sample.expected) == (0, 2, 1)


def _crowd(connection: Connection, users: int, rates: dict[str, float], *, moved: int = 0) -> None:
    """Users by their buckets, each with 4 videos; `moved` of control's count for the candidate."""
    random = np.random.default_rng(3)
    ids = [str(UUID(int=1000 + number)) for number in range(users)]
    _insert(connection, "users (user_id)", [(user,) for user in ids])
    rows: list[Exposure] = []
    decisions: list[tuple[str, int, str, int]] = []
    for user in ids:
        arm = "candidate" if bucket_of(EXPERIMENT, user) >= 5000 else "control"
        if arm == "control" and moved:
            arm, moved = "candidate", moved - 1
        request = str(uuid4())
        for video in range(4):
            own = (request, VIDEOS[video], user, arm, "two_tower", video + 1, NOW)
            rows.append(Exposure(*own, EXPERIMENT, arm))
            liked = random.random() < rates[arm]
            decisions.append((user, video, "like" if liked else "nope", 1))
    log_exposures(connection, rows)
    _decide(connection, *decisions)


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        ({"control": 0.3, "candidate": 0.5}, "the candidate has more likes"),
        ({"control": 0.5, "candidate": 0.3}, "the candidate has fewer likes"),
        ({"control": 0.4, "candidate": 0.4}, "no difference was found, and one of 30.0% would"),
    ],
)
def test_a_verdict_where_the_planned_difference_can_be_found(
    world: Connection, rates: dict[str, float], expected: str
) -> None:
    start(world, EXPERIMENT, "1", "2", difference=0.3)
    _crowd(world, 600, rates)
    found = _report(world)
    assert found.verdict.startswith(expected)
    assert 0.1 < found.findable < 0.3


def test_no_verdict_without_power_even_where_the_interval_leaves_out_0(world: Connection) -> None:
    start(world, EXPERIMENT, "1", "2", difference=0.01)
    _crowd(world, 600, {"control": 0.3, "candidate": 0.5})
    found = _report(world)
    assert found.lines[0].difference.low > 0
    assert found.verdict.startswith("no verdict yet: by now a difference of")
    assert found.verdict.endswith("can be found, planned is 1.0%")


def test_no_verdict_by_few_users(world: Connection) -> None:
    start(world, EXPERIMENT, "1", "2", difference=0.9)
    _crowd(world, 150, {"control": 0.1, "candidate": 0.9})
    found = _report(world)
    assert found.verdict == "no verdict yet: expected 100 users or more in each arm"


def test_no_verdict_with_the_wrong_users(world: Connection) -> None:
    """12 of 600 users, 2 points, are not in the arm of their bucket."""
    start(world, EXPERIMENT, "1", "2", difference=0.3)
    _crowd(world, 600, {"control": 0.3, "candidate": 0.5}, moved=12)
    found = _report(world)
    assert found.sample.elsewhere == 12
    assert found.verdict.startswith("no verdict: the arms were not divided by chance")


def test_a_report_before_any_exposure_has_no_figures(world: Connection) -> None:
    start(world, EXPERIMENT, "1", "2")
    found = _report(world)
    assert np.isnan(_values(found)["likes"]).all()
    assert (found.random_places, found.rungs) == ({}, ())


def test_an_unknown_experiment_is_an_error(world: Connection) -> None:
    with pytest.raises(DataError, match="none of the name 'towers'"):
        _report(world)
