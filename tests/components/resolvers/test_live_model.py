"""The live model that a candidate is compared with: the one of the pointer row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from schema.database import Connection, connect
from tests.releases.staging import release, stage

pytestmark = [pytest.mark.postgres, pytest.mark.tfx]

VARIABLE = "LIVE_MODEL_DATABASE"


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    from components.node.connection import name_url

    name_url(VARIABLE, database)
    with closing(connect(database)) as opened:
        yield opened


def _resolved(
    folder: Path, models: list[int], candidate: int, blessings: dict[int, int] | None = None
) -> tuple[list[int], list[int]]:
    """Version of the model chosen, and of the model that the chosen blessing speaks of.

    Args:
        folder: of the models.
        models: versions in ML Metadata, whose ids are the same.
        candidate: version under evaluation.
        blessings: by version, 1 or 0; None for all 1.
    """
    from tfx.types import standard_artifacts

    from components.resolvers.live_model import LiveModelStrategy

    def model(version: int) -> Any:
        artifact = standard_artifacts.Model()
        artifact.uri, artifact.id = str(folder / str(version)), version
        extra = folder / str(version) / "Format-Serving" / "assets.extra"
        extra.mkdir(parents=True, exist_ok=True)
        (extra / "version").write_text(f"{version}\n")
        return artifact

    def blessing(version: int, blessed: int) -> Any:
        artifact = standard_artifacts.ModelBlessing()
        artifact.set_int_custom_property("current_model_id", version)
        artifact.set_int_custom_property("blessed", blessed)
        artifact.set_int_custom_property("all_gates", 1)
        return artifact

    given = dict.fromkeys(models, 1) if blessings is None else blessings
    inputs = {
        "model": [model(version) for version in models],
        "model_blessing": [blessing(*one) for one in given.items()],
        "candidate": [model(candidate)],
    }
    found = LiveModelStrategy(VARIABLE).resolve_artifacts(None, inputs)
    assert [artifact.id for artifact in found["candidate"]] == [candidate]
    spoken_of = [b.get_int_custom_property("current_model_id") for b in found["model_blessing"]]
    return [artifact.id for artifact in found["model"]], spoken_of


def test_a_first_run_has_nothing_to_compare_with(connection: Connection, tmp_path: Path) -> None:
    """With a registry or without one."""
    assert _resolved(tmp_path, [1], candidate=1) == ([], [])
    stage(connection, "1", [], [])
    assert _resolved(tmp_path, [1], candidate=2) == ([], [])


def test_the_live_one_and_its_own_blessing(connection: Connection, tmp_path: Path) -> None:
    """Not the newest that passed the gates: it failed to go live."""
    release(connection, "2", [], [])
    stage(connection, "3", [], [])
    assert _resolved(tmp_path, [1, 2, 3], candidate=4) == ([2], [2])


def test_after_a_rollback_it_is_the_older_one(connection: Connection, tmp_path: Path) -> None:
    from releases.switch import switch

    release(connection, "1", [], [])
    release(connection, "2", [], [])
    switch(connection, "1", mirror=False)
    connection.commit()
    assert _resolved(tmp_path, [1, 2], candidate=3) == ([1], [1])
    assert _resolved(tmp_path, [1, 2], candidate=2) == ([1], [1])


def test_a_run_that_is_repeated_finds_the_same_as_before(
    connection: Connection, tmp_path: Path
) -> None:
    """Else the Evaluator would run again."""
    release(connection, "1", [], [])
    assert _resolved(tmp_path, [1, 2], candidate=2, blessings={1: 1}) == ([1], [1])
    release(connection, "2", [], [])
    assert _resolved(tmp_path, [1, 2], candidate=2) == ([1], [1])


def test_a_live_model_whose_files_somebody_deleted_is_none(
    connection: Connection, tmp_path: Path
) -> None:
    """Else the Evaluator would end with TensorFlow's own error."""
    release(connection, "5", [], [])
    assert _resolved(tmp_path, [1, 2], candidate=3) == ([], [])
