"""docs/commands.md: the table of words is the command's own, the keys are those of the output."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from commands.words_page import PAGE, page
from releases.experiments import Exposure, log_exposures
from releases.experiments.registry import start
from schema.database import connect
from tests.commands.test_main import _command
from tests.pipeline.past_runs import write_run
from tests.releases.staging import release
from tests.toy_world import START, fill

NOBODY = "http://127.0.0.1:9"
ROW = re.compile(r"^\| `([\w .\[\]*-]+)` \| (`\w+`(?:, `\w+`)*) \|$", re.MULTILINE)


def test_the_table_of_words_is_that_of_the_command() -> None:
    """`make schema` writes it."""
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.fixture
def outputs(tmp_path: Path, database: str) -> dict[str, Any]:
    """What each word prints on the toy world with two versions and an experiment."""
    with closing(connect(database)) as connection:
        world = fill(connection)
        for version in ("1", "2"):
            release(connection, version, world.users, world.videos)
        start(connection, "towers", "1", "2")
        log_exposures(connection, [
            Exposure(str(uuid4()), world.videos[0], user, "1", "two_tower", 1, START, "towers",
                     ("control", "candidate")[number % 2], 0.5)
            for number, user in enumerate(world.users)
        ])  # fmt: skip
        connection.commit()
    write_run(tmp_path / "metadata.sqlite", "first", {"Moment": "COMPLETE"})
    (tmp_path / "models" / "2").mkdir(parents=True)
    words = {
        "versions": ["versions"], "status": ["status"], "doctor": ["doctor"], "plan": ["plan"],
        "features": ["features", "--user", world.users[0]], "ab report": ["ab", "report"],
    }  # fmt: skip
    given = {"DATABASE_URL": database, "SERVICE_URL": NOBODY}
    return {
        name: json.loads(_command(tmp_path, *own, "--json", **given).stdout)
        for name, own in words.items()
    }


def _at(outputs: dict[str, Any], path: str) -> Any:
    """The first value at a path of the page, such as `status.runs[].nodes[]`."""
    found: Any = outputs
    for part in path.split("."):
        found = next(iter(found.values())) if part == "*" else found[part.removesuffix("[]")]
        found = found[0] if part.endswith("[]") else found
    return found


@pytest.mark.postgres
def test_each_key_of_the_page_is_printed_and_no_other(outputs: dict[str, Any]) -> None:
    rows = dict(_rows())
    assert len(rows) >= 15
    for path, keys in rows.items():
        if not path.startswith("recommend"):  # tests/commands/test_running_service.py
            assert list(_at(outputs, path)) == keys, path
    assert {path.split(".")[0].removesuffix("[]") for path in rows} == {*outputs, "recommend"}


def test_the_keys_of_recommendations_are_those_of_the_page() -> None:
    rows = dict(_rows())
    assert rows["recommend"] == ["by", "rung", "model_version", "reason", "items"]
    assert rows["recommend.items[]"] == ["video_id", "title", "score"]


def _rows() -> Iterator[tuple[str, list[str]]]:
    for path, keys in ROW.findall(PAGE.read_text(encoding="utf-8")):
        yield path, re.findall(r"\w+", keys)
