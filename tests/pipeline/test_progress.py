"""The log of a run."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline import progress
from pipeline.progress import NodeRun, Progress


@pytest.fixture
def run(tmp_path: Path) -> Progress:
    return Progress(tmp_path / "progress.jsonl", tmp_path / "logs")


def test_each_line_has_its_moment_its_run_and_its_event(run: Progress, tmp_path: Path) -> None:
    begun = datetime.now(UTC)
    run.start("Trainer")
    run.step("Trainer", 1, 2)
    run.finish(NodeRun("Trainer", 1.5, 900))
    run.fail("expected a, got 字: c", refused=True)
    run.end("released")
    text = (tmp_path / "logs" / f"{run.run_id}.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line.pop("event") for line in lines] == ["start", "step", "finish", "error", "end"]
    assert {line.pop("run") for line in lines} == {run.run_id}
    moments = [datetime.fromisoformat(line.pop("time")) for line in lines]
    assert moments == sorted(moments)
    assert -0.001 <= (moments[0] - begun).total_seconds() < 60
    assert lines == [
        {"node": "Trainer"},
        {"node": "Trainer", "done": 1, "total": 2},
        {"node": "Trainer", "seconds": 1.5, "peak_mb": 900, "cached": False, "skipped": False},
        {"text": "expected a, got 字: c", "refused": True},
        {"ended": "released"},
    ]
    assert "字" in text


def test_the_id_is_the_moment_of_the_run(run: Progress) -> None:
    assert abs((datetime.now(UTC) - datetime.fromisoformat(run.run_id)).total_seconds()) < 60


def test_the_display_reads_the_newest_run_by_one_name(run: Progress, tmp_path: Path) -> None:
    run.start("Trainer")
    later = Progress(tmp_path / "progress.jsonl", tmp_path / "logs")
    later.start("Pusher")
    assert json.loads((tmp_path / "progress.jsonl").read_text())["node"] == "Pusher"
    assert len(list((tmp_path / "logs").iterdir())) == 2


def test_a_script_that_runs_no_node_leaves_no_log(run: Progress, tmp_path: Path) -> None:
    assert not run.runs
    assert not list(tmp_path.iterdir())


def test_the_newest_logs_are_kept(
    run: Progress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "KEPT", 3)
    logs = tmp_path / "logs"
    logs.mkdir()
    for year in ("2001", "2003", "2002", "2004"):
        (logs / f"{year}0101T000000.000000Z.jsonl").write_text("")
    run.start("Trainer")
    kept = sorted(one.name[:4] for one in logs.iterdir())
    assert kept == ["2003", "2004", run.run_id[:4]]
