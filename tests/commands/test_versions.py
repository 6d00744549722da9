"""What `make versions` prints."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from commands import versions
from pipeline.settings import DATABASE_URL
from releases.registry import add_figures
from schema.database import connect
from tests.releases.staging import release
from tests.toy_world import fill

pytestmark = pytest.mark.postgres


@pytest.fixture
def given(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(DATABASE_URL, database)
    monkeypatch.setenv("FOLDER", str(tmp_path))
    with closing(connect(database)) as connection:
        fill(connection)
    return database


def _printed(capsys: pytest.CaptureFixture[str], *, as_json: bool) -> str:
    words = ["--json"] if as_json else []
    versions.command(words, standalone_mode=False)
    return capsys.readouterr().out


def test_a_database_without_a_version_says_how_to_make_one(
    given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert given
    assert _printed(capsys, as_json=False).startswith("no version yet: `make run`")


def test_the_newest_comes_first_with_its_state_and_figures(
    given: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with closing(connect(given)) as connection:
        for version in ("9", "10"):
            release(connection, version, [], [])
        add_figures(connection, "10", {"gates": {"auc_pr": 0.5884, "ndcg@10": None}})
        connection.commit()
    lines = _printed(capsys, as_json=False).splitlines()
    first, second = (line.split() for line in lines if "standby" in line or "live" in line)
    assert first[:2] == ["10", "live"]
    assert "0.588" in first
    assert second[:2] == ["9", "standby"]
    found = json.loads(_printed(capsys, as_json=True))
    assert [(one["version"], one["state"]) for one in found] == [("10", "live"), ("9", "standby")]
