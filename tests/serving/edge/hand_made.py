"""Edge files of a model that gives every user one and the same vector."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from components.edge_check.edge_files import digests
from releases.registry import add_figures
from schema.database import Connection
from schema.documents.encodings import Encodings, Histories

__all__ = ["add_files"]

FOLDER = "assets.extra/edge"


def add_files(
    connection: Connection,
    models: Path,
    version: str,
    axis: int,
    histories: Sequence[str] = ("liked_videos", "noped_videos"),
) -> None:
    """Writes and registers the files of a version whose users all have `unit(axis)`; committed."""
    folder = models / version / FOLDER
    folder.mkdir(parents=True)
    bias = np.zeros(768, np.float32)
    bias[axis] = 1
    weights = {
        "table.trained": np.zeros((2, 1), np.float32),
        "gates": np.ones(1, np.float32),
        "layer_0.kernel": np.zeros((4, 768), np.float32),
        "layer_0.bias": bias,
    }
    save_file(weights, folder / "user.safetensors")
    _encodings(version, histories).write(folder / "encodings.json")
    add_figures(connection, version, {"edge": digests(models / version)})
    connection.commit()


def _encodings(version: str, histories: Sequence[str]) -> Encodings:
    how = Histories(
        features=list(histories), length=100, seen=True, decay=15, exposure_share=0.2, prior=1,
        trained=1, closed=[], groups=[0],
    )  # fmt: skip
    return Encodings(version=version, known_videos=[], user=[], histories=how, video=[])
