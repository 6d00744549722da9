"""Trains by the pipeline's own nodes, up to the model, and says where everything lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.quality.artifacts import model, newest, shards
from components.trainer.fitting.history import read_history
from pipeline.beam import beam_workers
from pipeline.definition import create_pipeline
from pipeline.orchestrators.local import ProcessPerNodeRunner
from pipeline.own_run import own_run
from pipeline.progress import Progress
from pipeline.settings import Settings

__all__ = ["Trained", "last_trained", "run_nodes", "train"]

LAST = "Trainer"


@dataclass(frozen=True)
class Trained:
    """Results of one run.

    Attributes:
        model: the SavedModel.
        users: shards of the reading `ranking`, the eval window.
        popularity: shards of the reading of that name.
        catalogue: shards of every video.
        seconds: of the Trainer.
        epochs: of gradients that the valid window chose.
        best: the valid window's figures of what was chosen.
    """

    model: Path
    users: list[str]
    popularity: list[str]
    catalogue: list[str]
    seconds: float
    epochs: int
    best: dict[str, float]


def train(settings: Settings) -> Trained:
    """Runs the pipeline's nodes up to the Trainer; what has not changed comes from the cache.

    Decisions of the eval window are not read, since nothing is fitted on them.
    """
    seconds = run_nodes(settings.replaced(refit=False), LAST)[LAST]
    return last_trained(settings, seconds)


def last_trained(settings: Settings, seconds: float = 0.0) -> Trained:
    """What the newest run in the folder has made; `seconds` are the Trainer's."""
    fit = read_history(newest(settings, "ModelRun", "Trainer"))
    return Trained(
        model=model(settings, "Trainer"),
        users=shards(settings, "Ranking", "eval"),
        popularity=shards(settings, "Popularity", "eval"),
        catalogue=shards(settings, "Catalogue", "all"),
        seconds=seconds,
        epochs=fit.epochs,
        best=fit.best,
    )


def run_nodes(settings: Settings, last: str = "") -> dict[str, float]:
    """Runs the pipeline, to its end or up to one node; the seconds of each node."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    with own_run(settings), beam_workers(settings):
        progress = Progress(settings.progress, settings.logs)
        runner = ProcessPerNodeRunner(progress, settings.nodes_at_once, last=last)
        runner.run(create_pipeline(settings))
    return {run.node: run.seconds for run in progress.runs}
