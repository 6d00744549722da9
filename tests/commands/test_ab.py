"""An experiment from the command line: what it says before it starts, and when it is asked."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from releases.experiments import Exposure, log_exposures
from releases.migrate import migrate
from schema.database import connect
from tests.commands.test_main import _command, _line
from tests.toy_world import START, ToyWorld, fill

pytestmark = pytest.mark.postgres


@pytest.fixture
def world(database: str) -> ToyWorld:
    """The toy world, with version 1 live, 2 on standby and 3 retired."""
    with closing(connect(database)) as connection:
        filled = fill(connection)
        with connection, connection.cursor() as cursor:
            migrate(connection)
            cursor.execute(
                "INSERT INTO two_tower.versions (version, state, users, videos)"
                " VALUES ('1', 'live', 0, 0), ('2', 'standby', 0, 0), ('3', 'retired', 0, 0);"
                "INSERT INTO two_tower.live (version) VALUES ('1')"
            )
    return filled


def _ab(tmp_path: Path, database: str, *words: str) -> list[str]:
    done = _command(tmp_path, *words, DATABASE_URL=database, COLUMNS="200")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_start_says_first_what_can_be_found_and_how_long_it_takes(
    tmp_path: Path, database: str, world: ToyWorld
) -> None:
    """The toy world: 40 users, all of 3 likes in 4, so that any difference is found at once."""
    assert world.users
    said = _ab(tmp_path, database, "ab", "start", "towers", "2", "--control", "1", "--share", "0.2")
    assert said[0] == (
        "by decisions of 28 days until 2025-02-09: 40 users, 75.0% likes;"
        " no exposure is logged yet, so it is rough"
    )
    assert said[1].startswith("after 7 days a difference of ")
    assert said[4].endswith("(80 % power, 95 % level)")
    assert said[5] == "started: 2 beside 1, split, share 0.2000, salt 'towers'"
    said = _ab(tmp_path, database, "ab", "start", "towers", "2", "--control", "1", "--share", "0.5")
    assert said[5] == "share changed from 0.2000 to 0.5000; who has an arm keeps it"


def test_a_plan_starts_nothing(tmp_path: Path, database: str, world: ToyWorld) -> None:
    assert world.users
    assert (
        len(_ab(tmp_path, database, "ab", "start", "towers", "2", "--control", "1", "--plan")) == 5
    )
    done = _command(tmp_path, "ab", "report", DATABASE_URL=database)
    assert "expected an experiment that runs, got none" in _line(done)


def test_a_report_ends_with_the_verdict_and_names_no_user(
    tmp_path: Path, database: str, world: ToyWorld
) -> None:
    _ab(tmp_path, database, "ab", "start", "towers", "2")  # beside the live version
    with closing(connect(database)) as connection, connection:
        log_exposures(connection, [
            Exposure(str(uuid4()), world.videos[0], user, "1", "two_tower", 1, START, "towers",
                     ("control", "candidate")[number % 2], 0.5)
            for number, user in enumerate(world.users)
        ])  # fmt: skip
    said = _ab(tmp_path, database, "ab", "report")
    assert "towers: 2 beside 1, split" in said[0]
    assert any("likes, 1 to 9" in line for line in said)
    assert "users: control 20, candidate 20 (expected 20; p = 1)" in said
    assert any(line.startswith("control, random places: ") for line in said)
    assert said[-1].startswith("no verdict: ")  # the arms were not those of the buckets
    whole = "\n".join(said)
    assert not [user for user in world.users if user in whole]
    data = json.loads("".join(_ab(tmp_path, database, "ab", "report", "--json")))
    assert (data["experiment"], data["control"], data["candidate"]) == ("towers", "1", "2")
    assert (data["sample"]["control"], data["sample"]["candidate"]) == (20, 20)
    assert data["verdict"] == said[-1]
    assert data["figures"][0]["name"] == "likes"
    assert set(data["figures"][0]["control"]) == {"value", "low", "high"}
    assert _ab(tmp_path, database, "ab", "stop", "towers")[0].startswith("stopped: towers")
    assert _ab(tmp_path, database, "ab", "report", "towers")[-1] == said[-1]


@pytest.mark.parametrize(
    ("candidate", "complaint"),
    [
        ("1", "error: expected two versions, got '1' and '1'"),
        (
            "3",
            "error: expected a version that is one of checked, live, standby, got 3, which is ret",
        ),
        ("9", "error: expected a version among 3, 2, 1, got 9"),
    ],
)
def test_what_cannot_start_is_one_line(
    tmp_path: Path, database: str, world: ToyWorld, candidate: str, complaint: str
) -> None:
    assert world.users
    done = _command(tmp_path, "ab", "start", "towers", candidate, DATABASE_URL=database)
    assert _line(done).startswith(complaint)
