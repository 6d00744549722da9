"""Ranks and measures plain runs: both models and three peers on what was held back."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.quality.comparing import Line, line, measured
from benchmarks.quality.held_back import read_held_back
from benchmarks.quality.peers import PEERS
from benchmarks.quality.plain_run import PlainRun
from components.retrieval_evaluator.component import vectors
from components.retrieval_evaluator.window import Window
from schema.database import Connection
from schema.documents.ranking import Activity, RankingFigures

__all__ = ["CANDIDATE", "RELEASED", "compare_plain", "new_users"]

CANDIDATE, RELEASED = "plain run, candidate", "plain run, released"
RIVALS = ("popularity", "EASE, lambda 200", "EASE + exposure")


def compare_plain(connection: Connection, runs: Sequence[PlainRun]) -> tuple[Window, list[Line]]:
    """Peers fitted on every decision that is left, models with users as of the run's moment."""
    window, left = read_held_back(connection)
    lines = [line(name, PEERS[name](left)[: len(window.users)], window) for name in RIVALS]
    models = [(CANDIDATE, run.candidate, run) for run in runs]
    models += [(RELEASED, run.released, run) for run in runs]
    for name, model, run in models:
        people, videos = vectors(model, window, run.users, run.catalogue)
        lines.append(measured(name, people, videos, window))
    return window, lines


def new_users(figures: RankingFigures, model: str) -> Activity:
    """Figures of the eval window's users without a decision before it."""
    return next(own for own in figures.models[model].by_activity if own.seen == "none")
