"""Training curves as points of SVG lines: what each epoch of both fits came to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from schema.documents.fit import FitRecord
from schema.documents.release import ReleaseRecord

__all__ = ["Chart", "training_curves"]

WIDTH, HEIGHT = 380, 180
_CHARTS = (
    ("loss, lower is better", {"loss": "train", "val_loss": "valid"}),
    ("NDCG@10, higher is better", {"val_ndcg": "valid"}),
    ("AUC-PR, higher is better", {"auc_pr": "train", "val_auc_pr": "valid"}),
)
"""Title, and the names of the epochs' figures with what they are of."""
_RELEASE = ("loss of the release fit, lower is better", {"loss": "train, valid and eval"})


class Line(NamedTuple):
    """One polyline; `of` names its colour."""

    name: str
    of: str
    points: str


class Tick(NamedTuple):
    """A line across, at `at` from the top."""

    at: float
    label: str


class Chart(NamedTuple):
    """One chart of WIDTH by HEIGHT."""

    title: str
    width: int
    height: int
    epochs: int
    lines: list[Line]
    ticks: list[Tick]


def training_curves(fit: FitRecord | None, release: ReleaseRecord | None) -> list[Chart]:
    """A chart for each kind of figure that the fits have kept."""
    found = list(_charts(fit.history, _CHARTS)) if fit else []
    return [*found, *(_charts(release.history, [_RELEASE]) if release else [])]


def _charts(
    history: Mapping[str, Sequence[float]], wanted: Sequence[tuple[str, Mapping[str, str]]]
) -> Iterator[Chart]:
    for title, names in wanted:
        there = {name: values for name, values in history.items() if name in names and values}
        if there:
            numbers = [value for values in there.values() for value in values]
            low, high = min(numbers), max(numbers)
            lines = [
                Line(names[name], "live" if names[name] == "valid" else "candidate",
                     _points(values, low, high))
                for name, values in there.items()
            ]  # fmt: skip
            epochs = max(map(len, there.values()))
            yield Chart(title, WIDTH, HEIGHT, epochs, lines, _ticks(low, high))


def _points(values: Sequence[float], low: float, high: float) -> str:
    step = WIDTH / max(len(values) - 1, 1)
    return " ".join(f"{n * step:.1f},{_y(value, low, high):.1f}" for n, value in enumerate(values))


def _ticks(low: float, high: float) -> list[Tick]:
    levels = [low + part * (high - low) / 2 for part in range(3)]
    return [Tick(round(_y(level, low, high), 1), f"{level:.3f}") for level in levels]


def _y(value: float, low: float, high: float) -> float:
    return HEIGHT * (1 - (value - low) / (high - low)) if high > low else HEIGHT / 2
