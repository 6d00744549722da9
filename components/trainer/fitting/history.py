"""The record of a fit beside its TensorBoard logs: what it began with and what valid decided."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["read_history", "write_history"]

HISTORY = "history.json"


def write_history(run: Path, record: dict[str, Any]) -> None:
    """Into the folder of a ModelRun."""
    (run / HISTORY).write_text(json.dumps(record, indent=1))


def read_history(run: Path) -> dict[str, Any]:
    """What `write_history` wrote."""
    return dict(json.loads((run / HISTORY).read_text()))
