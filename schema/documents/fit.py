"""The record of a fit: its initialization, and the choices by the valid window."""

from __future__ import annotations

from pydantic import Field

from schema.documents import Document

__all__ = ["FitRecord", "Params"]


class Params(Document):
    """Hyper-parameters of the closed form (components/trainer/fitting/closed_form.py)."""

    nope: float
    recency: float
    shrinkage: float = Field(validation_alias="trust", serialization_alias="trust")


class FitRecord(Document):
    """One fit; figures on the valid window, by their names in the epochs' logs, higher is better.

    Attributes:
        version: the version that the Trainer created.
        videos: count of videos in the catalogue.
        began: the chosen initialization.
        beginnings: figures of each available initialization.
        last_release: version of the previous release; None if none was usable.
        choice: hyper-parameters of the closed form; None without one.
        epochs: chosen number of epochs; 0 if none improved the initialization.
        best: figures of the chosen weights.
        history: one value an epoch for each loss and metric.
    """

    version: int
    videos: int
    began: str
    beginnings: dict[str, dict[str, float]]
    last_release: int | None
    choice: Params | None
    epochs: int
    best: dict[str, float]
    history: dict[str, list[float]]
