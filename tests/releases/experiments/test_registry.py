"""One experiment at a time, and what makes none is refused."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal

import pytest

from releases.experiments import Kind, change_share, find, running, start, stop
from schema.database import Connection, connect
from schema.errors import DataError

pytestmark = pytest.mark.postgres


def test_a_database_without_the_tables_runs_none(database: str) -> None:
    with closing(connect(database, readonly=True)) as connection:
        assert running(connection) is None


def test_what_was_started_runs_until_it_is_stopped(connection: Connection) -> None:
    begun = start(connection, "towers", "1", "2", share=0.2, difference=0.1)
    assert running(connection) == begun
    assert (begun.name, begun.control, begun.candidate) == ("towers", "1", "2")
    assert (begun.share, begun.salt, begun.kind) == (Decimal("0.2"), "towers", Kind.SPLIT)
    ended = stop(connection, "towers")
    assert ended.stopped_at is not None
    assert ended.stopped_at >= begun.started_at
    assert running(connection) is None
    assert find(connection, "towers") == ended


def test_only_one_runs(connection: Connection) -> None:
    start(connection, "towers", "1", "2")
    with pytest.raises(DataError, match="got 'towers': stop it: make ab-stop NAME=towers"):
        start(connection, "others", "1", "3")
    stop(connection, "towers")
    start(connection, "others", "1", "3", kind=Kind.INTERLEAVING)


def test_a_name_is_used_once(connection: Connection) -> None:
    """Else the users of the first experiment would be those of the second."""
    start(connection, "towers", "1", "2")
    with pytest.raises(DataError, match="expected a new name"):
        start(connection, "towers", "1", "3")
    stop(connection, "towers")
    with pytest.raises(DataError, match="expected a new name"):
        start(connection, "towers", "1", "3")


@pytest.mark.parametrize("share", [0, 1, -0.5, 1.5, 0.12345, float("nan"), float("inf")])
def test_a_share_that_is_none_is_refused(connection: Connection, share: float) -> None:
    with pytest.raises(DataError, match="expected a share between 0 and 1"):
        start(connection, "towers", "1", "2", share=share)
    assert running(connection) is None


@pytest.mark.parametrize(
    ("name", "control", "candidate", "salt", "difference"),
    [
        ("", "1", "2", "", 0.05),
        ("größe", "1", "2", "", 0.05),
        ("towers", "1", "2", "塩", 0.05),
        ("towers", "1", "1", "", 0.05),
        ("towers", "", "1", "", 0.05),
        ("towers", "1", "2", "", 0.0),
        ("towers", "1", "2", "", 1.0),
    ],
)
def test_what_makes_no_experiment_is_refused(
    connection: Connection, name: str, control: str, candidate: str, salt: str, difference: float
) -> None:
    with pytest.raises(DataError):
        start(connection, name, control, candidate, salt=salt, difference=difference)


def test_what_does_not_run_cannot_be_changed_or_stopped(connection: Connection) -> None:
    start(connection, "towers", "1", "2")
    stop(connection, "towers")
    for change in (lambda: stop(connection, "towers"), lambda: stop(connection, "others"),
                   lambda: change_share(connection, "towers", 0.5)):  # fmt: skip
        with pytest.raises(DataError, match="to run, got it does not"):
            change()
    with pytest.raises(DataError, match="none of the name 'others'"):
        find(connection, "others")
