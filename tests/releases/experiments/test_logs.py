"""A user keeps the arm of the first exposure, and a retry doubles nothing."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from releases.experiments import (
    Arm,
    Event,
    Experiment,
    Exposure,
    Kind,
    assign,
    change_share,
    log_events,
    log_exposures,
    start,
)
from schema.database import Connection, connect

pytestmark = pytest.mark.postgres

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
VIDEO, OTHER = (str(UUID(int=number)) for number in (1, 2))
USERS = [str(UUID(int=100 + number)) for number in range(200)]


def _exposure(user: str, arm: Arm, experiment: Experiment, **more: datetime) -> Exposure:
    request = str(uuid4())
    own = (request, VIDEO, user, arm.version, "two_tower", 1, NOW, experiment.name, arm.name)
    return Exposure(*own)._replace(**more)


def _rows(connection: Connection, statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def _arms(connection: Connection, experiment: Experiment) -> dict[str, str]:
    return {user: assign(connection, experiment, user).name for user in USERS}


def test_a_changed_share_moves_nobody_who_was_shown_something(connection: Connection) -> None:
    """From a half to a tenth, every candidate who saw nothing yet and is above goes back."""
    begun = start(connection, "towers", "1", "2")
    before = _arms(connection, begun)
    seen = USERS[:100]
    shown = [_exposure(user, assign(connection, begun, user), begun) for user in seen]
    assert log_exposures(connection, shown) == 100
    after = _arms(connection, change_share(connection, "towers", 0.1))
    assert {user: after[user] for user in seen} == {user: before[user] for user in seen}
    candidates = [arms[user] for arms in (before, after) for user in USERS[100:]].count("candidate")
    new = [after[user] for user in USERS[100:]].count("candidate")
    assert new < (candidates - new) / 2


def test_an_arm_has_its_version_and_asking_writes_nothing(
    connection: Connection, database: str
) -> None:
    """On a read-only connection; an id in capitals is the same user."""
    begun = start(connection, "towers", "1", "2")
    connection.commit()
    with closing(connect(database, readonly=True)) as reader:
        found = {assign(reader, begun, user) for user in USERS}
        loud = "ABCDEF00-0000-0000-0000-000000000001"
        assert assign(reader, begun, loud) == assign(reader, begun, loud.lower())
        with pytest.raises(ValueError, match="badly formed"):
            assign(reader, begun, "root")
    assert found == {Arm("control", "1"), Arm("candidate", "2")}
    assert _rows(connection, "SELECT count(*) FROM two_tower.assignments") == [(0,)]


def test_the_first_exposure_decides_and_a_later_one_of_the_other_arm_does_not(
    connection: Connection,
) -> None:
    """First by its moment, within a batch in any order; then by what is kept."""
    begun = start(connection, "towers", "1", "2")
    user = USERS[0]
    late = _exposure(user, Arm("control", "1"), begun, shown_at=NOW + timedelta(seconds=1))
    early = _exposure(user, Arm("candidate", "2"), begun)
    log_exposures(connection, [late, early])
    earlier = _exposure(user, Arm("control", "1"), begun, shown_at=NOW - timedelta(days=1))
    log_exposures(connection, [earlier])
    assert assign(connection, begun, user) == Arm("candidate", "2")
    found = _rows(connection, "SELECT arm, share::float8, assigned_at FROM two_tower.assignments")
    assert found == [("candidate", 0.5, NOW)]


def test_an_interleaved_user_has_both_versions_and_no_arm(connection: Connection) -> None:
    begun = start(connection, "towers", "1", "2", kind=Kind.INTERLEAVING)
    assert assign(connection, begun, USERS[0]) == Arm("interleaved", "1")
    log_exposures(connection, [_exposure(USERS[0], Arm("candidate", "2"), begun)])
    assert _rows(connection, "SELECT count(*) FROM two_tower.assignments") == [(0,)]


def test_exposures_without_an_experiment_are_kept_too(connection: Connection) -> None:
    begun = start(connection, "towers", "1", "2")
    plain = _exposure(USERS[0], Arm("", "1"), begun)
    plain = plain._replace(experiment=None, arm=None, propensity=0.25)
    assert log_exposures(connection, [plain]) == 1
    assert _rows(connection, "SELECT count(*) FROM two_tower.assignments") == [(0,)]
    kept = _rows(connection, "SELECT propensity, experiment FROM two_tower.exposures")
    assert kept == [(0.25, None)]


def test_a_place_of_no_arm_decides_nothing(connection: Connection) -> None:
    """Such as one that an application fills by itself."""
    begun = start(connection, "towers", "1", "2")
    one = _exposure(USERS[0], Arm("control", "1"), begun)
    assert log_exposures(connection, [one._replace(arm=None)]) == 1
    assert _rows(connection, "SELECT count(*) FROM two_tower.assignments") == [(0,)]


@pytest.mark.parametrize(
    "wrong", [{"experiment": "none"}, {"arm": "third"}, {"propensity": 0.0}, {"position": 0}]
)
def test_an_exposure_that_cannot_be_is_refused(
    connection: Connection, wrong: dict[str, object]
) -> None:
    begun = start(connection, "towers", "1", "2")
    right = _exposure(USERS[0], Arm("control", "1"), begun)
    with pytest.raises(psycopg2.IntegrityError):
        log_exposures(connection, [right._replace(**wrong)])


def test_an_exposure_that_is_sent_again_is_kept_once(connection: Connection) -> None:
    """The key is answer and video: the same answer's other video is another exposure."""
    begun = start(connection, "towers", "1", "2")
    one = _exposure(USERS[0], Arm("control", "1"), begun)
    assert log_exposures(connection, [one, one]) == 1
    assert log_exposures(connection, [one, one._replace(video_id=OTHER, position=2)]) == 1
    assert log_exposures(connection, []) == 0
    assert _rows(connection, "SELECT count(*) FROM two_tower.exposures") == [(2,)]


SENT = st.builds(
    Event,
    st.sampled_from([str(UUID(int=7)), str(UUID(int=8))]),
    st.sampled_from([VIDEO, OTHER]),
    st.integers(0, 3).map(lambda s: NOW + timedelta(seconds=s)),
    st.booleans(),
    st.none() | st.sampled_from([0.0, 1.5, 60.0]),
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(SENT, min_size=1, max_size=6), data=st.data())
def test_events_come_out_the_same_in_any_order_and_however_often_sent(
    connection: Connection, events: list[Event], data: st.DataObject
) -> None:
    """Clicked if ever clicked, the longest dwell, the first moment: as Python folds them."""
    expected: dict[tuple[str, str], tuple[object, ...]] = {}
    for key in {event[:2] for event in events}:
        own = [event for event in events if event[:2] == key]
        known = [event.dwell_s for event in own if event.dwell_s is not None]
        clicked = any(event.clicked for event in own)
        expected[key] = (clicked, max(known, default=None), min(e.happened_at for e in own))
    order = data.draw(st.permutations(events + events))
    cut = data.draw(st.integers(0, len(order)))
    for batch in (order[:cut], order[cut:]):
        log_events(connection, batch)
    found = _rows(
        connection,
        "SELECT request_id::text, video_id::text, clicked, dwell_s, happened_at"
        " FROM two_tower.events",
    )
    connection.rollback()
    assert {tuple(row[:2]): tuple(row[2:]) for row in found} == expected
