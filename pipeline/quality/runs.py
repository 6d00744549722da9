"""Trains by the pipeline's own nodes, up to the model, and says where everything lies."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tfx.utils import path_utils

from pipeline.definition import create_pipeline
from pipeline.progress import Progress
from pipeline.report import open_store
from pipeline.runner import ProcessPerNodeRunner
from pipeline.settings import Settings

__all__ = ["Trained", "train"]

LAST = "Trainer"


@dataclass(frozen=True)
class Trained:
    """What one run left behind.

    Attributes:
        model: the SavedModel.
        users: shards of the reading `ranking`, the eval window.
        popularity: shards of the reading of that name.
        catalogue: shards of every video.
        seconds: of the Trainer.
        first: the valid window's figures before the first epoch.
        epochs: of gradients that the valid window chose.
        history: Keras' history of the fit.
    """

    model: Path
    users: list[str]
    popularity: list[str]
    catalogue: list[str]
    seconds: float
    first: dict[str, float]
    epochs: int
    history: dict[str, list[float]]

    @property
    def best(self) -> dict[str, float]:
        """The valid window's figures of the epoch that was chosen."""
        if not self.epochs:
            return self.first
        return {name: self.history[name][self.epochs - 1] for name in self.first}


def train(settings: Settings) -> Trained:
    """Runs the pipeline's nodes up to the Trainer; what has not changed comes from the cache."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    progress = Progress(settings.progress)
    runner = ProcessPerNodeRunner(progress, settings.nodes_at_once, last=LAST)
    runner.run(create_pipeline(settings))
    seconds = next(run.seconds for run in progress.runs if run.node == LAST)
    return _found(settings, seconds)


def _found(settings: Settings, seconds: float) -> Trained:
    store = open_store(settings.metadata)

    def newest(kind: str, node: str) -> Path:
        artifacts = [a for a in store.get_artifacts_by_type(kind) if f"/{node}/" in a.uri]
        return Path(max(artifacts, key=lambda a: a.last_update_time_since_epoch).uri)

    def shards(node: str, split: str) -> list[str]:
        return sorted(map(str, (newest("Examples", node) / f"Split-{split}").glob("*.gz")))

    fit = json.loads((newest("ModelRun", "Trainer") / "history.json").read_text())
    return Trained(
        model=Path(path_utils.serving_model_path(str(newest("Model", "Trainer")))),
        users=shards("Ranking", "eval"),
        popularity=shards("Popularity", "eval"),
        catalogue=shards("Catalogue", "all"),
        seconds=seconds,
        first=fit["first"],
        epochs=fit["epochs"],
        history=fit["history"],
    )
