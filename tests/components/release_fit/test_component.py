"""The node hands the candidate on where no fit is wanted or allowed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.tfx


@pytest.mark.parametrize(
    ("blessed", "wanted", "reason"),
    [(1, 0, "REFIT=0"), (0, 1, "the candidate is not released")],
)
def test_without_a_fit_the_candidate_is_handed_on(
    tmp_path: Path, blessed: int, wanted: int, reason: str
) -> None:
    from tfx.types import standard_artifacts

    from components.release_fit.component import _Executor

    model, blessing = standard_artifacts.Model(), standard_artifacts.ModelBlessing()
    released, record = standard_artifacts.Model(), standard_artifacts.ModelEvaluation()
    for artifact, name in ((model, "model"), (released, "released"), (record, "record")):
        artifact.uri = str(tmp_path / name)
    (tmp_path / "model" / "Format-Serving").mkdir(parents=True)
    (tmp_path / "model" / "Format-Serving" / "saved_model.pb").write_bytes(b"graph")
    blessing.set_int_custom_property("blessed", blessed)
    _Executor().Do(
        {"model": [model], "model_blessing": [blessing]},
        {"released": [released], "record": [record]},
        {"wanted": wanted},
    )
    copied = tmp_path / "released" / "Format-Serving" / "saved_model.pb"
    assert copied.read_bytes() == b"graph"
    assert json.loads((tmp_path / "record" / "release.json").read_text()) == {
        "refitted": False, "reason": reason, "checks": [],
    }  # fmt: skip
