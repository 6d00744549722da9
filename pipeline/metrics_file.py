"""`metrics.prom`: how the last runs ended, for the node exporter's textfile collector."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from pipeline.run_history import Ended, PastRun

__all__ = ["RUNS", "write_metrics"]

RUNS = 20
"""Runs that are looked at."""


def write_metrics(file: Path, runs: Sequence[PastRun]) -> None:
    """Replace the file.

    Args:
        file: read by the collector at any time: it is replaced as a whole.
        runs: the newest first; at least one.
    """
    own = CollectorRegistry()
    moments = Gauge(
        "two_tower_run_ended_timestamp_seconds", "End of the newest run that ended so", ["ended"],
        registry=own,
    )  # fmt: skip
    for run in reversed(runs):
        moments.labels(run.ended).set(run.started_at.timestamp() + run.seconds)
    Gauge("two_tower_run_seconds", "Duration of the newest run", registry=own).set(runs[0].seconds)
    nodes = Gauge("two_tower_run_node_seconds", "Of the newest run", ["node"], registry=own)
    for node in runs[0].nodes:
        nodes.labels(node.node).set(node.seconds)
    for ended in (Ended.REFUSED, Ended.FAILED):
        name = f"two_tower_runs_{ended}_in_a_row"
        Gauge(name, "Newest runs that ended so", registry=own).set(_in_a_row(runs, ended))
    write_to_textfile(str(file), own)


def _in_a_row(runs: Sequence[PastRun], ended: Ended) -> int:
    return len(list(takewhile(lambda run: run.ended is ended, runs)))
