"""Experiments in Postgres: who is in which arm, what was shown, what came of it, what it says."""

from releases.experiments.assignment import INTERLEAVED, Arm, assign
from releases.experiments.logs import Event, Exposure, log_events, log_exposures
from releases.experiments.registry import (
    Experiment,
    Kind,
    change_share,
    find,
    running,
    start,
    stop,
)
from releases.experiments.team_draft import Placed, interleave

__all__ = [
    "INTERLEAVED",
    "Arm",
    "Event",
    "Experiment",
    "Exposure",
    "Kind",
    "Placed",
    "assign",
    "change_share",
    "find",
    "interleave",
    "log_events",
    "log_exposures",
    "running",
    "start",
    "stop",
]
