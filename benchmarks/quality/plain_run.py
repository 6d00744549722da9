"""A run as a user has it: no arranged windows, every node.

What is asked of its models lies outside the database that it was given.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.quality.artifacts import model, newest, shards
from benchmarks.quality.runs import run_nodes
from components.release_fit.component import RECORD
from components.retrieval_evaluator.component import FIGURES
from components.trainer.fitting.history import read_history
from pipeline.settings import Settings
from schema.documents.ranking import RankingFigures
from schema.documents.release import ReleaseRecord

__all__ = ["PlainRun", "rank_eval_window", "run_plainly"]


@dataclass(frozen=True)
class PlainRun:
    """Results of one run.

    Attributes:
        candidate: SavedModel of the Trainer, fitted on all but the newest tenth.
        released: SavedModel of ReleaseFit; the candidate's copy where `record` says so.
        record: whether `released` was fitted on everything.
        users: shards of every user, as of the run's moment.
        catalogue: shards of every video.
        seconds: of the Trainer and ReleaseFit.
        epochs: of gradients that the valid window chose.
    """

    candidate: Path
    released: Path
    record: ReleaseRecord
    users: list[str]
    catalogue: list[str]
    seconds: float
    epochs: int


def run_plainly(settings: Settings) -> PlainRun:
    """Runs the whole pipeline; the models count whatever the gates decide."""
    seconds = run_nodes(settings)
    return PlainRun(
        candidate=model(settings, "Trainer"),
        released=model(settings, "ReleaseFit"),
        record=ReleaseRecord.read(newest(settings, "ModelEvaluation", "ReleaseFit") / RECORD),
        users=shards(settings, "Users", "all"),
        catalogue=shards(settings, "Catalogue", "all"),
        seconds=seconds["Trainer"] + seconds["ReleaseFit"],
        epochs=read_history(newest(settings, "ModelRun", "Trainer")).epochs,
    )


def rank_eval_window(settings: Settings) -> RankingFigures:
    """Runs the pipeline up to the retrieval gate; its figures on the run's own eval window."""
    run_nodes(settings, "RetrievalEvaluator")
    return RankingFigures.read(newest(settings, "ModelEvaluation", "RetrievalEvaluator") / FIGURES)
