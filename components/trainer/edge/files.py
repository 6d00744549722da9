"""The files beside the SavedModel, the same bytes for the same model."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors.numpy import save_file

from components.trainer.edge.encodings import encodings_of
from components.trainer.edge.onnx_tower import tower_model
from components.trainer.edge.weights import user_weights, video_weights
from components.trainer.inputs.encoder import Encoder
from components.trainer.model.two_tower import TwoTower
from schema import signatures as names

__all__ = ["write_edge_files"]


def write_edge_files(
    model: TwoTower, users: Encoder, videos: Encoder, saved_model: Path, version: int
) -> None:
    """Writes both towers as ONNX, the weights beside them, and the encodings.

    Args:
        model: the fitted model.
        users: encoder of the user side.
        videos: encoder of the video side.
        saved_model: folder of the SavedModel.
        version: of the model.
    """
    folder = saved_model / names.EDGE_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    towers = {names.USER_ONNX: model.user_tower, names.VIDEO_ONNX: model.video_tower}
    for name, tower in towers.items():
        (folder / name).write_bytes(tower_model(tower).SerializeToString(deterministic=True))
    # One after the other: each has 2 kB for every known video.
    sides = {names.USER_WEIGHTS: user_weights, names.VIDEO_WEIGHTS: video_weights}
    for name, weights_of in sides.items():
        save_file(weights_of(model), folder / name)
        (folder / name).chmod(0o644)  # as the other files: the library's are for the owner alone
    found = encodings_of(model, users, videos, version).plain()
    text = json.dumps(found, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    (folder / names.ENCODINGS).write_text(text, encoding="utf-8")
