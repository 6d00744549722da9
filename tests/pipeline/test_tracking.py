"""Runs in MLflow, in a real store in SQLite; without TRACKING_URI nothing of it is imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from pipeline import tracking
from pipeline.settings import Settings
from pipeline.tracking import check_tracking, name_champion, tracked
from schema.documents.summary import Summary
from schema.errors import NotBlessedError, SetupError
from tests.components.test_model_review import figures


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(folder=tmp_path / "var", epochs=3)


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setenv("TRACKING_URI", uri)
    monkeypatch.chdir(tmp_path)  # its folder of artifacts is made where it is called
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def a_run(settings: Settings, version: str, outcome: str, live: str = "") -> None:
    """Leave what a run of that outcome leaves; the version is live unless another one is."""
    review: dict[str, Any] = {
        **figures(),
        "version": version,
        "verdict": {**figures()["verdict"], "blessed": outcome != "refused"},
        "outcome": {
            "outcome": outcome, "version": version, "live": live or version
        },
    }  # fmt: skip
    settings.folder.mkdir(exist_ok=True)
    settings.review_page.write_text(f"the page of {version}")
    Summary.model_validate({
        "schema": "two_tower.summary/1", "model_version": version, "review": review,
        "windows": {"train_end": "a", "valid_end": "b", "eval_end": "c"}, "rows_read": {},
        "quarantine": {}, "nodes": [], "peak_mb": 1234, "seconds": 99.5, "paths": {},
    }).write(settings.summary)  # fmt: skip


def test_a_release_has_parameters_metrics_page_and_the_alias(
    settings: Settings, client: MlflowClient
) -> None:
    with tracked(settings):
        a_run(settings, "17", "released")
    (run,) = client.search_runs([client.get_experiment_by_name("two_tower").experiment_id])
    assert run.data.params["epochs"] == "3"
    assert "folder" not in run.data.params
    assert run.data.metrics["seconds"] == 99.5
    assert run.data.metrics["auc_pr"] == figures()["candidate"]["overall"]["auc_pr"]
    assert (
        run.data.metrics["ndcg_at_10"]
        == (figures()["ranking"]["models"]["candidate"]["ndcg@10"]["mean"])
    )
    assert run.info.status == "FINISHED"
    kept = {one.path for one in client.list_artifacts(run.info.run_id)}
    assert kept == {"review.html", "summary.json"}
    champion = client.get_model_version_by_alias("two_tower", "champion")
    assert (champion.tags["version"], champion.run_id) == ("17", run.info.run_id)


def test_the_alias_follows_a_release_and_a_rollback(
    settings: Settings, client: MlflowClient, capsys: pytest.CaptureFixture[str]
) -> None:
    for version in ("17", "18"):
        with tracked(settings):
            a_run(settings, version, "released")
    assert client.get_model_version_by_alias("two_tower", "champion").tags["version"] == "18"
    name_champion("17")
    assert client.get_model_version_by_alias("two_tower", "champion").tags["version"] == "17"
    name_champion("16")  # released before TRACKING_URI was set
    assert "knows no version 16" in capsys.readouterr().err
    assert client.get_model_version_by_alias("two_tower", "champion").tags["version"] == "17"


def test_a_refused_run_is_logged_and_is_no_version(
    settings: Settings, client: MlflowClient
) -> None:

    def refused() -> None:
        with tracked(settings):
            a_run(settings, "17", "refused", live="1")
            raise NotBlessedError("a better model", "a worse one", "look at the review")

    with pytest.raises(NotBlessedError):
        refused()
    (run,) = client.search_runs([client.get_experiment_by_name("two_tower").experiment_id])
    assert run.data.metrics["accepted"] == 0
    assert not client.search_registered_models()


def test_a_version_that_waits_for_promote_is_registered_without_the_alias(
    settings: Settings, client: MlflowClient
) -> None:
    with tracked(settings):
        a_run(settings, "17", "unchanged", live="1")
    (model,) = client.search_registered_models()
    assert (model.latest_versions[0].tags["version"], model.aliases) == ("17", {})
    name_champion("17")
    assert client.get_model_version_by_alias("two_tower", "champion").tags["version"] == "17"


@pytest.mark.parametrize("outcome", ["unchanged", None])
def test_a_run_that_judged_no_new_model_is_not_logged(
    settings: Settings, client: MlflowClient, outcome: str | None
) -> None:
    with tracked(settings):
        a_run(settings, "17", "released")
    with tracked(settings):
        if outcome:
            a_run(settings, "17", outcome)
    runs = client.search_runs([client.get_experiment_by_name("two_tower").experiment_id])
    assert len(runs) == 1


def test_a_store_that_fails_is_one_line_without_its_address(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRACKING_URI", "sqlite:////proc/secret.db")
    with tracked(settings):
        a_run(settings, "17", "released")
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("TRACKING_URI did not take it: ")
    assert "secret" not in said


def test_an_address_without_mlflow_is_refused_before_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TRACKING_URI", "sqlite:///x.db")
    monkeypatch.setattr(tracking.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SetupError, match="install the extra `track`"):
        check_tracking()
    monkeypatch.delenv("TRACKING_URI")
    check_tracking()


def test_without_an_address_mlflow_is_not_imported(tmp_path: Path) -> None:
    code = """
import sys
from commands import going_live, run
from pipeline.settings import Settings
from pipeline.tracking import name_champion, tracked
with tracked(Settings(folder=sys.argv[1])):
    name_champion("17")
sys.exit("mlflow" in sys.modules)
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
