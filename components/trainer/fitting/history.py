"""The record of a fit beside its TensorBoard logs: what it began with and what valid decided."""

from __future__ import annotations

from pathlib import Path

from schema.documents.fit import FitRecord

__all__ = ["read_history", "write_history"]

HISTORY = "history.json"


def write_history(run: Path, record: FitRecord) -> None:
    """Into the folder of a ModelRun."""
    record.write(run / HISTORY)


def read_history(run: Path) -> FitRecord:
    """The record that `write_history` wrote."""
    return FitRecord.read(run / HISTORY)
