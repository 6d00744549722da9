"""Two nodes by the very command of their containers, as Kubeflow would start it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.settings import Settings
from tests.databases.toy import toy_database

pytest.importorskip("kfp", reason="kfp is not installed: it is in the extra `kubeflow`")
pytestmark = [pytest.mark.distributed, pytest.mark.postgres, pytest.mark.tfx]


def _run(job: dict[str, Any], node: str, folder: Path, url: str) -> dict[str, Any]:
    """What the node's container would report; the database's address is in its environment."""
    spec = job["pipelineSpec"]
    container = spec["deploymentSpec"]["executors"][f"{node}_executor"]["container"]
    outputs = spec["components"][node].get("outputDefinitions", {}).get("artifacts", {})
    given = spec["root"]["dag"]["tasks"][node]["inputs"]["parameters"]
    report = folder / node / "executor_output.json"
    asked = {
        "inputs": {"parameters": {k: v["runtimeValue"]["constantValue"] for k, v in given.items()}},
        "outputs": {
            "artifacts": {
                name: {
                    "artifacts": [
                        {
                            "name": f"projects/p/artifacts/{name}",
                            "uri": str(folder / node / name),
                            "type": one["artifactType"],
                        }
                    ]
                }
                for name, one in outputs.items()
            },
            "outputFile": str(report),
        },
    }
    words = [*container["command"], *container["args"]]
    filled = [json.dumps(asked) if word == "{{$}}" else word for word in words]
    environment = {**os.environ, "DATABASE_URL": url, "TF_USE_LEGACY_KERAS": "1"}
    subprocess.run([sys.executable, *filled[1:]], env=environment, check=True)
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return found


def test_a_reader_s_container_writes_its_rows_in_the_windows_of_the_moment_s(
    postgres_url: str, tmp_path: Path
) -> None:
    """The toy world has 40 users; no snapshot outlives the first container."""
    from pipeline.orchestrators.kubeflow import compile_pipeline

    job = compile_pipeline(Settings(folder=tmp_path, kubeflow_image="i"))
    with toy_database(postgres_url) as (url, _):
        _run(job, "Moment", tmp_path, url)
        assert json.loads((tmp_path / "cut.json").read_text(encoding="utf-8"))["snapshot"] == ""
        report = _run(job, "Users", tmp_path, url)
    (examples,) = report["artifacts"]["examples"]["artifacts"]
    assert examples["metadata"]["rows"] == 40
    assert examples["metadata"]["split_names"] == '["all"]'
    assert len(list((tmp_path / "Users" / "examples" / "Split-all").glob("*.gz"))) == 4
