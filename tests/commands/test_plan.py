"""`two-tower plan` before the first run, and without a database."""

from __future__ import annotations

import json
import os
from contextlib import closing
from pathlib import Path

import pytest

from schema.database import connect
from tests.commands.test_main import _command, _line
from tests.toy_world import fill


def test_without_a_database_it_says_what_to_do_and_makes_nothing(tmp_path: Path) -> None:
    line = _line(_command(tmp_path, "plan", DATABASE_URL=""))
    assert line.startswith("error: expected a database, got none yet: `make run` makes one")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.postgres
def test_before_the_first_run_every_node_runs_and_the_time_is_not_known(
    tmp_path: Path, database: str
) -> None:
    """The toy world: 40 users, 60 videos, 1,600 decisions; 5,700 bytes of log for each row."""
    with closing(connect(database)) as connection:
        fill(connection)
    done = _command(tmp_path, "plan", "--json", DATABASE_URL=database)
    assert not done.stderr
    plan = json.loads(done.stdout)
    assert plan["tables"]["videos"] == {"rows": 60, "new_rows": 60, "changed": True}
    assert not any(node["cached"] for node in plan["nodes"])
    assert len(plan["nodes"]) == 30
    assert (plan["mirror_rows"], plan["wal_bytes"], plan["minutes"]) == (100, 570_000, None)
    said = _command(tmp_path, "plan", DATABASE_URL=database, COLUMNS="200").stdout
    assert "user_video_decisions  1,600  +1,600  yes" in said
    assert "runs (30 of 30): Decisions, Catalogue," in said
    assert "release: 100 rows into the mirror, 1 MB of write-ahead log, if the model passes" in said
    for name in ("MIRROR", "RELEASE"):
        held = _command(tmp_path, "plan", "--json", DATABASE_URL=database, **{name: "0"})
        assert json.loads(held.stdout)["mirror_rows"] == 0


@pytest.mark.postgres
def test_a_plan_takes_few_seconds_of_a_processor_and_leaves_the_folder_as_it_is(
    tmp_path: Path, database: str
) -> None:
    with closing(connect(database)) as connection:
        fill(connection)
    before = os.times()
    assert _command(tmp_path, "plan", DATABASE_URL=database).returncode == 0
    assert os.times().children_user - before.children_user < 3
    assert list(tmp_path.iterdir()) == []
