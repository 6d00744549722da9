"""The record of a fit has the keys that readers know, whatever the code calls them."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

pytestmark = pytest.mark.tfx

FIRST = {"val_auc_pr": 0.5, "val_ndcg": 0.25, "val_gates": 0.75}


@pytest.mark.parametrize("epochs", [0, 2])
def test_the_record_is_written_with_its_keys(tmp_path: Path, epochs: int) -> None:
    from components.trainer.fit import Fitted, _record
    from components.trainer.fitting.closed_form import ClosedFormParams
    from components.trainer.fitting.history import read_history, write_history
    from components.trainer.fitting.initialization import Initialization
    from schema.documents.fit import GroupGate

    chosen = Initialization("closed form", {"closed form": FIRST}, ClosedFormParams(), None, 3)
    gate = GroupGate(seen="none", users=7, gate=0.25, start=0.125, ndcg=0.15625)
    history = {name: [value, value + 0.125] for name, value in FIRST.items()}
    catalogue = cast("Any", SimpleNamespace(size=60))
    best = {name: value + 0.125 for name, value in FIRST.items()}
    record = _record(Fitted(chosen, epochs, [gate], best, history, []), 11, catalogue)
    write_history(tmp_path, record)
    assert json.loads((tmp_path / "history.json").read_text()) == {
        "version": 11,
        "videos": 60,
        "began": "closed form",
        "beginnings": {"closed form": FIRST},
        "last_release": None,
        "choice": {"nope": 0.3, "recency": 0.5, "trust": 5.0, "exposure": 0.5},
        "epochs": epochs,
        "best": best,
        "history": history,
        "groups": [{"seen": "none", "users": 7, "gate": 0.25, "start": 0.125, "ndcg": 0.15625}],
        "held_out": 3,
    }
    assert read_history(tmp_path) == record
