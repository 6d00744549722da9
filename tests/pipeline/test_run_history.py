"""Past runs are read from ML Metadata, with the end and the reason that each has recorded."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.run_history import Ended, last_runs, record_end
from tests.pipeline.past_runs import write_run

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def metadata(tmp_path: Path) -> Path:
    return tmp_path / "metadata.sqlite"


def test_a_folder_without_a_run_has_no_history_and_gets_no_file(metadata: Path) -> None:
    assert last_runs(metadata, 5) == []
    record_end(metadata, LONG_AGO, Ended.FAILED, "why")
    assert not metadata.exists()


def test_the_newest_run_comes_first_with_its_nodes_by_name(metadata: Path) -> None:
    write_run(metadata, "first", {"Moment": "COMPLETE"})
    write_run(metadata, "second", {"Moment": "COMPLETE", "Trainer": "CACHED"})
    second, first = last_runs(metadata, 5)
    assert [(node.node, node.state) for node in second.nodes] == [
        ("Moment", "complete"), ("Trainer", "cached"),
    ]  # fmt: skip
    assert [node.node for node in first.nodes] == ["Moment"]
    assert abs(datetime.now(UTC) - second.started_at) < timedelta(minutes=1)
    assert last_runs(metadata, 1) == [second]


def test_the_end_of_the_newest_run_is_recorded_and_of_no_older_one(metadata: Path) -> None:
    write_run(metadata, "first", {"Moment": "COMPLETE"})
    write_run(metadata, "second", {"Moment": "COMPLETE"})
    record_end(metadata, LONG_AGO, Ended.REFUSED, "AUC-PR fell")
    record_end(metadata, datetime.now(UTC) + timedelta(hours=1), Ended.FAILED, "no node began")
    second, first = last_runs(metadata, 5)
    assert (second.ended, second.reason) == (Ended.REFUSED, "AUC-PR fell")
    assert (first.ended, first.reason) == (Ended.UNKNOWN, "")


def test_a_run_with_a_failed_node_that_recorded_nothing_has_failed(metadata: Path) -> None:
    write_run(metadata, "killed", {"Moment": "COMPLETE", "Trainer": "FAILED"})
    (run,) = last_runs(metadata, 5)
    assert run.ended is Ended.FAILED


def test_reading_needs_neither_tfx_nor_tensorflow() -> None:
    loaded = "import sys, pipeline.run_history; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True
    )
    assert not {"tfx", "tensorflow"} & set(done.stdout.split())
