"""The record of a fit: its initialization, and the choices by the valid window."""

from __future__ import annotations

from pydantic import Field

from schema.documents import Document

__all__ = ["FitRecord", "GroupGate", "Params"]


class Params(Document):
    """Hyper-parameters of the closed form (components/trainer/fitting/closed_form.py)."""

    nope: float
    recency: float
    shrinkage: float = Field(validation_alias="trust", serialization_alias="trust")
    exposure: float = 0.0


class GroupGate(Document):
    """How much of what is learned counts for a group (components/trainer/fitting/gates.py).

    Attributes:
        seen: the group, by its users' number of decisions.
        users: count of users that it was chosen by.
        gate: 0 for the closed form alone; one of GATES.
        start: NDCG@10 of the closed form alone, mean over these users.
        ndcg: NDCG@10 with the gate.
    """

    seen: str
    users: int
    gate: float
    start: float
    ndcg: float


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
        groups: the gate of each group of users; none in the JSON of an older run, nor where the
            closed form was kept.
        held_out: users whose newest decisions of train also chose the closed form's parameters,
            because the valid window had few users with a history.
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
    groups: list[GroupGate] = Field(default_factory=list)
    held_out: int = 0
