"""The record of a fit: what it began with and what the valid window decided."""

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
    """One fit; figures are of the valid window, as an epoch's logs name them, higher is better.

    Attributes:
        version: that the Trainer minted.
        videos: in the catalogue.
        began: what the fit began with.
        beginnings: figures of each beginning that was there.
        last_release: its version; None where none was usable.
        choice: of the closed form; None without one.
        epochs: of gradients that were chosen; 0 where none made the beginning better.
        best: figures of what was chosen.
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
