"""The run's hyper-parameters: those of the fit, with the settings that a run overrides."""

from __future__ import annotations

import json
from dataclasses import asdict

from components.trainer.settings import TrainSettings
from pipeline.settings import Settings
from schema.errors import SetupError

__all__ = ["train_settings"]


def train_settings(settings: Settings) -> TrainSettings:
    """The run's hyper-parameters.

    Raises:
        SetupError: if TRAIN is not a JSON object of hyper-parameters.
    """
    usual = asdict(TrainSettings())
    try:
        changes = json.loads(settings.train)
        unknown = ", ".join(sorted(changes.keys() - usual.keys()))
    except (ValueError, AttributeError):
        unknown = settings.train
    if unknown:
        raise SetupError(
            "TRAIN as a JSON object of hyper-parameters", unknown,
            "take names from components/trainer/settings.py",
        )  # fmt: skip
    given = {"epochs": settings.epochs, "seed": settings.seed, **changes}
    return TrainSettings.from_json(json.dumps({**usual, **given}))
