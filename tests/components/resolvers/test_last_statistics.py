"""Statistics that a run is compared with, and that a changed schema file is read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.tfx

OWN, OTHER = "Decisions", "Catalogue"


def _resolved(
    statistics: list[tuple[int, str]], passed: list[int], current: tuple[int, str]
) -> list[int]:
    """Ids of the statistics chosen; `passed` are ids that anomalies of a good end speak of."""
    from tfx.types import standard_artifacts

    from components.resolvers.last_statistics import LastStatisticsStrategy

    def artifact(number: int, node: str) -> Any:
        own = standard_artifacts.ExampleStatistics()
        own.id, own.uri = number, f"/runs/{node}/statistics/{number}"
        return own

    def anomalies(number: int) -> Any:
        own = standard_artifacts.ExampleAnomalies()
        own.set_int_custom_property("statistics_id", number)
        return own

    inputs = {
        "statistics": [artifact(*each) for each in statistics],
        "anomalies": [anomalies(number) for number in passed],
        "current": [artifact(*current)],
    }
    found = LastStatisticsStrategy().resolve_artifacts(None, inputs)
    return [artifact.id for artifact in found["statistics"]]


def test_a_first_run_and_its_unchanged_repetition_have_nothing_to_compare_with() -> None:
    assert _resolved([(1, OWN)], [], (1, OWN)) == []
    assert _resolved([(1, OWN)], [1], (1, OWN)) == []


def test_the_newest_that_passed_of_the_same_node() -> None:
    known = [(9, OWN), (2, OWN), (10, OWN), (11, OTHER), (12, OWN)]
    assert _resolved(known, [2, 9, 10, 11], (12, OWN)) == [10]
    assert _resolved(known, [2, 9, 10, 11, 12], (12, OWN)) == [10]


def test_refused_statistics_are_no_measure() -> None:
    assert _resolved([(1, OWN), (2, OWN), (3, OWN)], [1], (3, OWN)) == [1]


def test_a_changed_schema_file_is_another_cache_key(tmp_path: Path) -> None:
    from types import SimpleNamespace

    from components.schema_import import ContentDriver

    file = tmp_path / "schema.pbtxt"

    def key() -> str:
        info = SimpleNamespace(exec_properties={"schema_file": str(file)})
        return str(ContentDriver(None).run(info))

    file.write_text("one")
    first = key()
    file.write_text("two")
    assert key() != first
    file.write_text("one")
    assert key() == first
