"""What is fitted beside the towers' ONNX graphs, as named float32 arrays for safetensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from components.trainer.model.item_embedding import ItemEmbedding
from components.trainer.model.two_tower import TwoTower
from schema.arrays import Float32

__all__ = ["user_weights", "video_weights"]


def user_weights(model: TwoTower) -> dict[str, Float32]:
    """All that a user's raw features and the encodings lack for an embedding.

    Tables have the known videos' rows, the unknown's, then the user prior. Without a closed form,
    or without a shortcut, the arrays that belong to it are missing.
    """
    tower, part = model.user_tower, model.closed_part
    tables = model.tables()
    found: dict[str, Any] = {"table.trained": tables.trained, "gates": tower.gates}
    for place, layer in enumerate(tower.dense_layers):
        found |= {f"layer_{place}.kernel": layer.kernel, f"layer_{place}.bias": layer.bias}
    if tower.shortcut_weights is not None:
        found["shortcut_weights"] = tower.shortcut_weights
    if part is not None:
        found |= {
            "table.closed": tables.closed,
            "weights_of_means": part.weights_of_means,
            "weight_of_exposure": part.weight_of_exposure,
        }
    return _arrays(found)


def video_weights(model: TwoTower) -> dict[str, Float32]:
    """The item embeddings, trained and in closed form, which end a video's features.

    An embedding is id_residual[row] * id_weight[row] + content @ projection, with the last row for
    an unknown video; `content` is the dense part without the age.
    """
    found = _item_embedding("trained", model.item_embedding)
    if model.closed_part is not None:
        found |= _item_embedding("closed", model.closed_part.items)
    return _arrays(found)


def _item_embedding(name: str, items: ItemEmbedding) -> dict[str, Any]:
    return {
        f"{name}.id_residual": items.id_residual,
        f"{name}.id_weight": items.id_weight,
        f"{name}.projection": items.projection,
    }


def _arrays(tensors: Mapping[str, Any]) -> dict[str, Float32]:
    return {
        name: np.ascontiguousarray(np.atleast_1d(values.numpy()), np.float32)
        for name, values in tensors.items()
    }
