"""What a gate said, and which version a model is: read by every node behind the gate."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tfx.types import artifact_utils
from tfx.utils import path_utils

from schema.signatures import VERSION_FILE

ALL_GATES = "all_gates"
"""Custom property of the blessing that every gate has spoken in; the Evaluator's has none."""

__all__ = ["ALL_GATES", "is_blessed", "model_folder", "model_version", "released"]


def is_blessed(input_dict: dict[str, list[Any]]) -> bool:
    """Whether the `model_blessing` input says yes; silence is a no."""
    blessing = artifact_utils.get_single_instance(input_dict["model_blessing"])
    return bool(blessing.get_int_custom_property("blessed") == 1)


def model_folder(input_dict: dict[str, list[Any]]) -> Path:
    """The SavedModel of the `model` input."""
    model = artifact_utils.get_single_instance(input_dict["model"])
    return Path(path_utils.serving_model_path(model.uri))


def model_version(folder: Path) -> str:
    """The version that the Trainer minted into the SavedModel."""
    return (folder / VERSION_FILE).read_text().strip()


def released(models: Iterable[Any], blessings: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Each model that passed every gate, with its blessing; the newest model last."""
    passed = {
        blessing.get_int_custom_property("current_model_id"): blessing
        for blessing in blessings
        if blessing.get_int_custom_property("blessed") == 1
        and blessing.get_int_custom_property(ALL_GATES) == 1
    }
    pairs = ((model, passed[model.id]) for model in models if model.id in passed)
    return sorted(pairs, key=lambda pair: pair[0].id)
