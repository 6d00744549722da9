"""Seconds that a run takes, by those that its nodes took in earlier runs."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from functools import cache

from pipeline.plan.nodes import COMPUTING, EFFECTS, EFFECTS_OF_A_MODEL
from pipeline.plan.past import Earlier
from pipeline.run_history import last_runs
from pipeline.settings import Settings

__all__ = ["node_seconds", "run_seconds"]

CACHED_S = 0.3
"""Of a node that takes an earlier result."""
AROUND_S = 20.0
"""Of a command around its nodes, if none has been measured here: imports and server."""
_LAST = EFFECTS[2:]
"""Nodes that follow each other after all others."""


def node_seconds(
    names: Collection[str], cached: Collection[str], earlier: Sequence[Earlier]
) -> dict[str, float | None]:
    """By node; None for one that has to be computed and never was."""
    return {name: CACHED_S if name in cached else _newest(name, earlier) for name in names}


def _newest(name: str, earlier: Sequence[Earlier]) -> float | None:
    """What the node took when it was computed last; most of all, if it may have had no work."""
    found = (run.nodes[name] for run in earlier if name in run.nodes)
    seconds = [round(one.seconds, 2) for one in found if not one.cached]
    if name in EFFECTS_OF_A_MODEL:
        return max(seconds, default=None)
    return next(iter(seconds), None)


def run_seconds(seconds: Mapping[str, float | None], settings: Settings) -> float | None:
    """Of the whole command: its longest path, or its work shared by the nodes at once if longer.

    None if a node's is not known.
    """
    known = {name: own for name, own in seconds.items() if own is not None}
    if len(known) < len(seconds):
        return None
    path = known["Moment"] + _longest_path(known) + sum(known[name] for name in _LAST)
    return max(path, sum(known.values()) / settings.nodes_at_once) + _around(settings)


def _longest_path(seconds: Mapping[str, float]) -> float:
    @cache
    def until_end_of(name: str) -> float:
        inputs = COMPUTING[name].inputs if name in COMPUTING else ()
        return seconds[name] + max(map(until_end_of, inputs), default=0.0)

    return max(until_end_of(name) for name in COMPUTING)


def _around(settings: Settings) -> float:
    """What the last run's command took beyond its nodes."""
    runs = last_runs(settings.metadata, 1)
    try:
        in_all = json.loads(settings.summary.read_text(encoding="utf-8"))["seconds_in_all"]
    except (OSError, ValueError, KeyError):
        return AROUND_S
    return max(float(in_all) - runs[0].seconds, 0.0) if runs else AROUND_S
