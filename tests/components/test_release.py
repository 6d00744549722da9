"""What a release comes to: only a blessed, checked version goes live; else nothing changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from releases.registry import find, live_version
from releases.switch import switch
from schema.database import Connection, connect
from tests.releases.staging import release, stage

pytestmark = [pytest.mark.postgres, pytest.mark.tfx]

VARIABLE = "RELEASE_DATABASE"
GOOD = {"name": "user vectors", "expected": "3", "got": "3", "passed": True}
BAD = {"name": "user vectors", "expected": "3", "got": "2", "passed": False}


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    from components.node.connection import name_url

    name_url(VARIABLE, database)
    with closing(connect(database)) as opened:
        release(opened, "1", [], [])
        yield opened


@pytest.fixture
def base(tmp_path: Path) -> Path:
    for version in ("1", "2"):
        (tmp_path / "models" / version).mkdir(parents=True)
    return tmp_path / "models"


def _outcome(
    base: Path, version: str, check: dict[str, Any], *, blessed: int = 1, wanted: int = 1
) -> Any:
    """The node's outcome."""
    from tfx.types import standard_artifacts

    from components.node.connection import DATABASE
    from components.release import _Executor

    blessing, checks, out = (
        standard_artifacts.ModelBlessing(), standard_artifacts.ModelEvaluation(),
        standard_artifacts.ModelEvaluation(),
    )  # fmt: skip
    blessing.set_int_custom_property("blessed", blessed)
    checks.uri, out.uri = str(base.parent / "checks"), str(base.parent / "out")
    Path(checks.uri).mkdir(exist_ok=True)
    found = {"version": version, "checks": [check]}
    (Path(checks.uri) / "checks.json").write_text(json.dumps(found))
    _Executor().Do(
        {"model_blessing": [blessing], "checks": [checks]},
        {"release": [out]},
        {"base": str(base), "wanted": wanted, "mirror": 1, "keep": 2, DATABASE: VARIABLE},
    )
    return json.loads((Path(out.uri) / "outcome.json").read_text())


def _live(connection: Connection) -> str:
    connection.rollback()
    return live_version(connection)


def test_a_checked_version_goes_live_and_older_ones_go(connection: Connection, base: Path) -> None:
    """Beyond KEEP, vectors and models alike."""
    release(connection, "2", [], [])
    stage(connection, "3", [], [])
    (base / "3").mkdir()
    got = _outcome(base, "3", GOOD)
    assert (got["outcome"], got["live"], got["previous"]) == ("released", "3", "2")
    assert _live(connection) == "3"
    assert sorted(path.name for path in base.iterdir()) == ["2", "3"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT state FROM two_tower.versions ORDER BY version")
        assert [state for (state,) in cursor] == ["retired", "standby", "live"]


def test_a_refused_model_changes_nothing(connection: Connection, base: Path) -> None:
    got = _outcome(base, "", GOOD, blessed=0)
    assert (got["outcome"], got["live"]) == ("refused", "1")
    assert _live(connection) == "1"


def test_a_failed_check_changes_nothing_and_withdraws_the_model(
    connection: Connection, base: Path
) -> None:
    stage(connection, "2", [], [])
    got = _outcome(base, "2", BAD)
    assert (got["outcome"], got["live"]) == ("failed", "1")
    assert got["reason"] == "user vectors: expected 3, got 2"
    assert _live(connection) == "1"
    assert sorted(path.name for path in base.iterdir()) == [".withdrawn-2", "1"]


def test_a_version_that_is_gone_meanwhile_is_an_outcome_not_an_error(
    connection: Connection, base: Path
) -> None:
    got = _outcome(base, "2", GOOD)
    assert (got["outcome"], got["live"]) == ("failed", "1")
    assert _live(connection) == "1"
    assert got["reason"].startswith("expected a version among 1, got 2")


def test_the_live_version_is_unchanged(connection: Connection, base: Path) -> None:
    assert _live(connection) == "1"
    got = _outcome(base, "1", GOOD)
    assert (got["outcome"], got["live"]) == ("unchanged", "1")
    assert "reason" not in got


def test_what_was_rolled_back_is_not_released_again(connection: Connection, base: Path) -> None:
    release(connection, "2", [], [])
    switch(connection, "1", mirror=True)
    connection.commit()
    got = _outcome(base, "2", GOOD)
    assert (got["outcome"], got["live"]) == ("unchanged", "1")
    assert "make promote VERSION=2" in got["reason"]
    assert _live(connection) == "1"


def test_a_version_that_is_held_stays_checked_for_a_promotion(
    connection: Connection, base: Path
) -> None:
    stage(connection, "2", [], [])
    got = _outcome(base, "2", GOOD, wanted=0)
    assert (got["outcome"], got["live"]) == ("unchanged", "1")
    assert "make promote VERSION=2" in got["reason"]
    assert _live(connection) == "1"
    assert find(connection, "2").state == "checked"
