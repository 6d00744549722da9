"""One transaction makes a version live, with its mirror; another takes it back."""

from __future__ import annotations

import threading
from contextlib import closing
from uuid import UUID

import psycopg2
import pytest

from releases import switch as module
from releases.experiments.registry import start, stop
from releases.registry import State, find, live_version, versions
from releases.switch import fail, previous_version, prune, sweep, switch
from schema.database import Connection, connect
from schema.errors import ReleaseError
from tests.releases.staging import release, stage

pytestmark = pytest.mark.postgres

ONE, TWO, THREE, FOUR = (str(UUID(int=number)) for number in (1, 2, 3, 4))
Rows = dict[str, tuple[str, int]]


def _do(connection: Connection, statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
    connection.commit()


def _mirror(connection: Connection, side: str = "video") -> Rows:
    """Version, and the axis of the vector, by id."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {side}_id, model_version, array_position(embedding::real[], 1) - 1"
            f" FROM {side}_embeddings"
        )
        return {own: (version, axis) for own, version, axis in cursor}


def _states(connection: Connection) -> dict[str, str]:
    return {one.version: one.state for one in versions(connection)}


def test_the_mirror_is_a_copy_of_the_live_version(connection: Connection) -> None:
    done = release(connection, "1", [ONE], [TWO, THREE])
    assert (done.version, done.previous, done.mirrored) == ("1", "", 3)
    assert _mirror(connection, "user") == {ONE: ("1", 0)}
    assert _mirror(connection) == {TWO: ("1", 0), THREE: ("1", 1)}


def test_what_the_last_release_wrote_and_this_one_lacks_is_removed(connection: Connection) -> None:
    """A row of another program stays, unless the version has one of its id."""
    release(connection, "1", [], [ONE, TWO])
    other = f"[{','.join(['0'] * 7 + ['1'] + ['0'] * 760)}]"
    for video in (THREE, FOUR):
        _do(connection, "INSERT INTO video_embeddings VALUES (%s, %s, now(), 'own')", video, other)
    release(connection, "2", [], [TWO, THREE], turn=4)
    assert _mirror(connection) == {TWO: ("2", 4), THREE: ("2", 5), FOUR: ("own", 7)}


def test_the_pointer_moves_with_the_mirror_and_states_follow(
    connection: Connection, database: str
) -> None:
    release(connection, "1", [ONE], [TWO])
    stage(connection, "2", [ONE], [TWO], turn=4)
    switch(connection, "2", mirror=True)
    with closing(connect(database)) as other:
        assert live_version(other) == "1"
        assert _mirror(other) == {TWO: ("1", 0)}
        connection.commit()
        other.rollback()
        assert live_version(other) == "2"
        assert _mirror(other) == {TWO: ("2", 4)}
    assert _states(connection) == {"1": "standby", "2": "live"}


def test_a_rollback_gives_back_what_was(connection: Connection) -> None:
    release(connection, "1", [ONE], [TWO, THREE])
    release(connection, "2", [ONE], [TWO], turn=4)
    assert previous_version(connection) == "1"
    switch(connection, "1", mirror=True)
    assert _mirror(connection) == {TWO: ("1", 0), THREE: ("1", 1)}
    assert _states(connection) == {"1": "live", "2": "standby"}
    with pytest.raises(ReleaseError, match="a version on standby, older than 1, got none"):
        previous_version(connection)


@pytest.mark.parametrize("state", [State.STAGED, State.FAILED, State.RETIRED])
def test_only_a_checked_version_goes_live(connection: Connection, state: State) -> None:
    release(connection, "1", [ONE], [TWO])
    stage(connection, "2", [ONE], [TWO], state=state)
    with pytest.raises(ReleaseError, match=f"version 2 checked or on standby, got {state}"):
        switch(connection, "2", mirror=True)
    with pytest.raises(ReleaseError, match="a version among 2, 1, got 3"):
        switch(connection, "3", mirror=True)


def test_without_a_mirror_the_application_s_tables_are_left_alone(connection: Connection) -> None:
    release(connection, "1", [ONE], [TWO])
    assert release(connection, "2", [ONE], [TWO], turn=4, mirror=False).mirrored == 0
    assert live_version(connection) == "2"
    assert _mirror(connection) == {TWO: ("1", 0)}


def test_a_switch_to_the_live_version_fills_what_the_mirror_lacks(connection: Connection) -> None:
    release(connection, "1", [ONE], [TWO, THREE])
    assert switch(connection, "1", mirror=True).mirrored == 0
    _do(connection, "DELETE FROM video_embeddings WHERE video_id = %s", TWO)
    assert switch(connection, "1", mirror=True).mirrored == 3
    assert set(_mirror(connection)) == {TWO, THREE}


def test_a_failed_version_has_a_reason_and_no_vectors(connection: Connection) -> None:
    stage(connection, "1", [ONE], [TWO])
    fail(connection, "1", "collapsed", {"checks": [1]})
    found = find(connection, "1")
    assert (found.state, found.reason, found.figures) == ("failed", "collapsed", {"checks": [1]})
    with pytest.raises(psycopg2.errors.UndefinedTable), connection.cursor() as cursor:
        cursor.execute("SELECT FROM two_tower.video_vectors_1")


def test_the_versions_that_were_live_last_are_kept(connection: Connection) -> None:
    for version in ("1", "2", "3", "4"):
        release(connection, version, [ONE], [TWO])
    switch(connection, "2", mirror=True)  # of late: kept, unlike 3
    switch(connection, "4", mirror=True)
    connection.commit()
    assert sorted(prune(connection, keep=2)) == ["1", "3"]
    assert _states(connection) == {"1": "retired", "2": "standby", "3": "retired", "4": "live"}
    assert prune(connection, keep=1) == ["2"]
    assert live_version(connection) == "4"


def test_a_version_that_is_still_read_is_pruned_later(
    connection: Connection, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_DROP_TIMEOUT", "100ms")
    for version in ("1", "2"):
        release(connection, version, [ONE], [TWO])
    with closing(connect(database)) as reader, reader.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM two_tower.video_vectors_1")
        assert prune(connection, keep=1) == []
        connection.commit()
        assert _states(connection)["1"] == "standby"
        reader.rollback()
    assert prune(connection, keep=1) == ["1"]


def test_what_a_dead_run_left_is_swept_and_a_living_one_s_is_not(connection: Connection) -> None:
    for version, state in (("1", State.STAGED), ("2", State.CHECKED), ("3", State.STAGED)):
        stage(connection, version, [ONE], [TWO], state=state)
    release(connection, "4", [ONE], [TWO])
    _do(
        connection,
        "UPDATE two_tower.versions SET created_at = now() - interval '2 hours'"
        " WHERE version <> '3'",
    )
    assert sweep(connection) == ["1"]
    assert _states(connection) == {"1": "failed", "2": "checked", "3": "staged", "4": "live"}


def test_a_checked_version_that_was_overtaken_is_pruned(connection: Connection) -> None:
    for version in ("1", "3"):
        stage(connection, version, [ONE], [TWO])
    release(connection, "2", [ONE], [TWO])
    assert prune(connection, keep=2) == ["1"]
    assert _states(connection) == {"1": "retired", "2": "live", "3": "checked"}


def test_versions_of_a_running_experiment_are_kept(connection: Connection) -> None:
    stage(connection, "1", [ONE], [TWO])
    for version in ("2", "3", "4"):
        release(connection, version, [ONE], [TWO])
    start(connection, "first", control="4", candidate="2")
    assert prune(connection, keep=1) == ["3", "1"]
    stop(connection, "first")
    assert prune(connection, keep=1) == ["2"]


def test_two_releases_take_turns(connection: Connection, database: str) -> None:
    """The second waits for the first one's commit, and is live in the end."""
    for version in ("1", "2"):
        stage(connection, version, [ONE], [TWO])

    with closing(connect(database)) as second:

        def other() -> None:
            switch(second, "2", mirror=True)
            second.commit()

        switch(connection, "1", mirror=True)
        waiting = threading.Thread(target=other)
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
        connection.commit()
        waiting.join(10)
        assert live_version(second) == "2"
        assert _states(second) == {"1": "standby", "2": "live"}
