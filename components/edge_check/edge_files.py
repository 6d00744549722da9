"""The files of one version for other runtimes, read back as such a runtime reads them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

import onnx
from onnx.reference import ReferenceEvaluator
from safetensors.numpy import load_file

from schema import signatures as names
from schema.arrays import Float32
from schema.documents.encodings import Encodings

__all__ = ["EdgeFiles", "digests", "read_edge_files"]


class EdgeFiles(NamedTuple):
    """What a runtime without TensorFlow has of a version.

    Attributes:
        encodings: of both sides.
        rows: of the known videos in the tables, by id.
        weights: the user side's arrays, by name.
        user_tower: the ONNX graph, evaluated by NumPy.
        video_tower: the same.
    """

    encodings: Encodings
    rows: dict[str, int]
    weights: dict[str, Float32]
    user_tower: ReferenceEvaluator
    video_tower: ReferenceEvaluator


def read_edge_files(saved_model: Path) -> EdgeFiles:
    """The files in a SavedModel's folder.

    Raises:
        OSError: one is missing.
        DataError: the encodings have another form.
    """
    folder = saved_model / names.EDGE_FOLDER
    user, video = (
        ReferenceEvaluator(onnx.load(folder / name)) for name in (names.USER_ONNX, names.VIDEO_ONNX)
    )
    encodings = Encodings.read(folder / names.ENCODINGS)
    rows = {video_id: row for row, video_id in enumerate(encodings.known_videos)}
    return EdgeFiles(encodings, rows, load_file(folder / names.USER_WEIGHTS), user, video)


def digests(saved_model: Path) -> dict[str, dict[str, object]]:
    """SHA-256 and size of each file, by its name; none where the model has no such files."""
    found = sorted((saved_model / names.EDGE_FOLDER).glob("*"))
    return {
        file.name: {
            "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
            "bytes": file.stat().st_size,
        }
        for file in found
    }
