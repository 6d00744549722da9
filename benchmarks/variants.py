"""What `make ablation` takes from the model or changes in it, one thing at a time."""

from __future__ import annotations

from typing import Any

from schema.feature import Kind

__all__ = ["VARIANTS"]

VARIANTS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "closed form alone": {"epochs": 0},
    "gradients alone, from random item embeddings": {"closed_form": False},
    "without the shortcut (the specified towers alone)": {"use_shortcut": False},
    "exposure cut to its first direction": {"exposure_dimension": 1},
    "exposure of 32 directions": {"exposure_dimension": 32},
    "the newest of an exposure weigh no more": {"exposure_share": 1e9},
    "learned part of half the length": {"learned_length": 12.5},
    "learned part of twice the length": {"learned_length": 50.0},
    "learned part without the constant component": {"constant_component": 0.0},
    "5 epochs": {"epochs": 5},
    "20 epochs": {"epochs": 20},
    "towers of one layer of 256": {"hidden": [256]},
    "item embeddings of 32": {"item_dimension": 32},
    "without text": {"ignored": [Kind.TEXT]},
    "without histories": {"ignored": [Kind.HISTORY]},
    "scale and bias not learned": {"scale_and_bias": False},
    "both losses alike": {"pair_weight": 1.0},
    "pairs' loss alone": {"retrieval_weight": 0.0},
    "softmax alone": {"pair_weight": 0.0},
    "softmax over 512 drawn candidates": {"softmax_videos": 512},
    "the same without sampling correction": {
        "softmax_videos": 512,
        "sampling_correction": False,
    },
    "the 100 hardest negatives alone": {"hard_negatives": 100},
    "whole histories while training": {"history_dropout": 0.0},
    "the newest of a history weigh no more": {"history_decay": 1e9},
    "one later like for each moment": {"targets": 1},
    "videos never shown as unknown": {"unknown_rate": 0.0},
}
"""Changes of TrainSettings (components/trainer/settings.py), by what they amount to.

Exposure needs a direction at least, so that no width leaves it out; the closed form tries the
weight 0 for it in each fit.
"""
