"""The node hands the candidate on where no fit is wanted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.tfx


def test_without_a_fit_the_candidate_is_handed_on(tmp_path: Path) -> None:
    from tfx.types import standard_artifacts

    from components.release_fit.component import _Executor

    model, released = standard_artifacts.Model(), standard_artifacts.Model()
    record = standard_artifacts.ModelEvaluation()
    for artifact, name in ((model, "model"), (released, "released"), (record, "record")):
        artifact.uri = str(tmp_path / name)
    (tmp_path / "model" / "Format-Serving").mkdir(parents=True)
    (tmp_path / "model" / "Format-Serving" / "saved_model.pb").write_bytes(b"graph")
    _Executor().Do({"model": [model]}, {"released": [released], "record": [record]}, {"wanted": 0})
    copied = tmp_path / "released" / "Format-Serving" / "saved_model.pb"
    assert copied.read_bytes() == b"graph"
    assert json.loads((tmp_path / "record" / "release.json").read_text()) == {
        "refitted": False, "reason": "REFIT=0", "checks": [],
    }  # fmt: skip
