"""The intermediate representation for Kubeflow: its nodes and edges, and what must not be in it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pipeline.plan.nodes import COMPUTING, EFFECTS, RESOLVERS, readings
from pipeline.settings import Settings
from schema.errors import SetupError

pytest.importorskip("kfp", reason="kfp is not installed: it is in the extra `kubeflow`")
pytestmark = [pytest.mark.distributed, pytest.mark.tfx]

GOLDEN = Path(__file__).parent / "kubeflow.json"
FOLDER, ROOT, IMAGE = "/mnt/two-tower", "/mnt/artifacts", "registry.example/two-tower:1"
LAST_BLESSED = {"LastBlessedModel-model-resolver", "LastBlessedModel-model-blessing-resolver"}


def _settings(**more: Any) -> Settings:
    given = {"folder": FOLDER, "kubeflow_image": IMAGE, "kubeflow_root": ROOT, **more}
    return Settings(**given)


@cache
def _job() -> dict[str, Any]:
    from pipeline.orchestrators.kubeflow import compile_pipeline

    return compile_pipeline(_settings(beam_options="--job_name=ours"))


def _tasks() -> dict[str, Any]:
    tasks: dict[str, Any] = _job()["pipelineSpec"]["root"]["dag"]["tasks"]
    return tasks


def _executors() -> dict[str, Any]:
    found: dict[str, Any] = _job()["pipelineSpec"]["deploymentSpec"]["executors"]
    return found


def _edges(task: dict[str, Any]) -> dict[str, Any]:
    """By input the task and the output that it comes from; and the tasks that must have ended."""
    given = task.get("inputs", {}).get("artifacts", {})
    made = {name: one["taskOutputArtifact"] for name, one in given.items()}
    return {
        "inputs": {
            name: f"{one['producerTask']}.{one['outputArtifactKey']}" for name, one in made.items()
        },
        "after": sorted(task.get("dependentTasks", [])),
    }


def test_nodes_and_edges_are_those_of_the_golden_file() -> None:
    found = {name: _edges(task) for name, task in sorted(_tasks().items())}
    assert found == json.loads(GOLDEN.read_text(encoding="utf-8"))


def test_the_nodes_are_the_local_run_s_without_the_resolvers_that_kubeflow_lacks() -> None:
    local = {*COMPUTING, *EFFECTS, *readings(Settings())}
    assert _tasks().keys() == local | LAST_BLESSED
    text = GOLDEN.read_text(encoding="utf-8")
    assert not [name for name in RESOLVERS if f'"{name}' in text]


def test_image_root_and_push_destination_are_settings() -> None:
    containers = [one["container"] for one in _executors().values() if "container" in one]
    assert {one["image"] for one in containers} == {IMAGE}
    assert len(containers) == len(_tasks().keys() - LAST_BLESSED)
    assert _job()["runtimeConfig"]["gcsOutputDirectory"] == ROOT
    base = _tasks()["Pusher"]["inputs"]["parameters"]["base"]
    assert base == {"runtimeValue": {"constantValue": {"stringValue": f"{FOLDER}/models"}}}


def test_beam_s_options_reach_the_nodes_on_beam_once() -> None:
    args = _executors()["Decisions_executor"]["container"]["args"]
    assert args.count("--job_name=ours") == 1
    assert args.count("--runner=FnApiRunner") == 1
    assert "--job_name=ours" not in _executors()["Trainer_executor"]["container"]["args"]


def test_no_address_and_no_secret_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Containers get the names of variables, whose values their own environment has."""
    from pipeline.orchestrators.kubeflow import compile_pipeline

    hidden = {
        "DATABASE_URL": "postgresql://me:s3cret-1@db/x", "WEBHOOK_URL": "https://hook/s3cret-2",
        "MODEL_SERVER_URL": "http://s3cret-3",
    }  # fmt: skip
    for name, value in hidden.items():
        monkeypatch.setenv(name, value)
    text = json.dumps(compile_pipeline(_settings()))
    assert "s3cret" not in text
    assert "DATABASE_URL" in text


def test_nothing_is_cached_since_fingerprints_are_drivers_which_kubeflow_does_not_run() -> None:
    assert not [name for name, one in _tasks().items() if one.get("cachingOptions")]


def test_the_readers_do_not_wait_for_a_snapshot_of_another_machine() -> None:
    shared = _tasks()["Moment"]["inputs"]["parameters"]["shared"]
    assert shared == {"runtimeValue": {"constantValue": {"intValue": "0"}}}


def test_workers_of_this_machine_are_not_asked_for() -> None:
    from pipeline.orchestrators.kubeflow import kubeflow_pipeline

    nodes = kubeflow_pipeline(_settings(runner="workers")).components
    (reader,) = (node for node in nodes if node.id == "Decisions")
    assert "--runner=FnApiRunner" in reader.executor_spec.beam_pipeline_args


def test_without_an_image_there_is_nothing_to_compile() -> None:
    from pipeline.orchestrators.kubeflow import compile_pipeline

    with pytest.raises(SetupError, match="expected KUBEFLOW_IMAGE, a container image with this"):
        compile_pipeline(Settings())
