"""Alert rules: they fire on what they are for, and every name in them is one that is exported."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from pipeline.metrics_file import write_metrics
from pipeline.run_history import Ended, PastNode, PastRun
from serving.api.metrics import Metrics
from serving.api.queue import Places
from serving.recommender.answer import Answer, Rung
from serving.recommender.health import Health

FOLDER = Path(__file__).parents[2] / "serving" / "monitoring"
RULES = FOLDER / "alerts.yaml"


def _run(ended: Ended, hour: int = 0) -> PastRun:
    nodes = (PastNode("Trainer", 37.5, "complete"),)
    return PastRun(datetime(2026, 1, 1, hour, tzinfo=UTC), 90.0, ended, "", nodes)


def _samples(text: str) -> dict[str, float]:
    """Value by name and labels."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}"] = sample.value
    return found


def _service() -> str:
    metrics = Metrics(Places(1, 1))
    metrics.request("/v1/users/{user_id}/recommendations", 200, 0.01)
    metrics.answered([Answer("id", "1", Rung.FRESH, "", "", [], timings_ms={"search": 1.0})])
    health = Health({"database": ""}, "1", 5.0, 10, {"user": 0, "video": 3})
    return metrics.page(health).decode()


def _file(folder: Path, *runs: PastRun) -> dict[str, float]:
    write_metrics(folder / "metrics.prom", runs)
    return _samples((folder / "metrics.prom").read_text(encoding="utf-8"))


def test_every_name_in_the_rules_is_exported(tmp_path: Path) -> None:
    there = {*_samples(_service()), *_file(tmp_path, _run(Ended.RELEASED))}
    exported = {name.partition("{")[0] for name in there} | {"up"}
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    expressions = [rule["expr"] for group in groups for rule in group["rules"]]
    asked = {name for text in expressions for name in re.findall(r"\btwo_tower_\w+|\bup\b", text)}
    assert len(asked) > 8
    assert asked <= exported


def test_rows_without_a_vector_are_exported() -> None:
    assert _samples(_service())["two_tower_rows_without_vector{side=video}"] == 3


def test_the_file_says_how_the_last_runs_ended(tmp_path: Path) -> None:
    refused, failed, released = Ended.REFUSED, Ended.FAILED, Ended.RELEASED
    found = _file(tmp_path, _run(refused, 5), _run(refused, 4), _run(failed, 3), _run(released, 2))
    assert found["two_tower_runs_refused_in_a_row{}"] == 2
    assert found["two_tower_runs_failed_in_a_row{}"] == 0
    assert found["two_tower_run_seconds{}"] == 90
    assert found["two_tower_run_node_seconds{node=Trainer}"] == 37.5
    at = datetime(2026, 1, 1, 5, 1, 30, tzinfo=UTC).timestamp()
    assert found["two_tower_run_ended_timestamp_seconds{ended=refused}"] == at


@pytest.mark.promtool
@pytest.mark.skipif(not shutil.which("promtool"), reason="no promtool (Debian: prometheus)")
@pytest.mark.parametrize(
    "words",
    [
        ("check", "rules", "--lint-fatal", str(RULES)),
        ("check", "config", "--syntax-only", str(FOLDER / "prometheus.yaml")),
        ("test", "rules", str(Path(__file__).with_name("alerts_test.yaml"))),
    ],
)
def test_promtool_accepts(words: tuple[str, ...]) -> None:
    done = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
