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

    chosen = Initialization("closed form", {"closed form": FIRST}, ClosedFormParams(), None)
    history = {name: [value, value + 0.125] for name, value in FIRST.items()}
    catalogue = cast("Any", SimpleNamespace(size=60))
    record = _record(Fitted(chosen, epochs, history, []), 11, catalogue)
    write_history(tmp_path, record)
    assert json.loads((tmp_path / "history.json").read_text()) == {
        "version": 11,
        "videos": 60,
        "began": "closed form",
        "beginnings": {"closed form": FIRST},
        "last_release": None,
        "choice": {"nope": 0.3, "recency": 0.5, "trust": 5.0},
        "epochs": epochs,
        "best": {name: value + 0.125 for name, value in FIRST.items()} if epochs else FIRST,
        "history": history,
    }
    assert read_history(tmp_path) == record
