"""Cost of each node of a run: its time, its process's memory, and that of its workers."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from components.node.lineage import ROWS
from pipeline.local.terminal import read_events
from pipeline.run_history import open_store
from pipeline.settings import DATABASE_URL, Settings
from pipeline.workers.pool import NAME

__all__ = ["Cost", "measured"]

POLL_S = 0.2


@dataclass
class Cost:
    """Of one node.

    Attributes:
        seconds: wall clock.
        node_mb: peak of its process, imports included.
        workers_mb: peak of its workers together, shared pages counted once (PSS).
        rows: of the Examples that it has written; 0 for other nodes.
    """

    seconds: float = 0.0
    node_mb: int = 0
    workers_mb: int = 0
    rows: int = 0


def measured(settings: Settings, url: str, last: str, **given: str) -> dict[str, Cost]:
    """The cost of each node, one at a time, in the order of their ends.

    Args:
        settings: has the folder.
        url: of the database.
        last: node that the run ends with; empty for all.
        given: settings as variables.

    Raises:
        CalledProcessError: the run has failed; its log is in the folder.
    """
    settings.folder.mkdir(parents=True, exist_ok=True)
    settings.progress.unlink(missing_ok=True)
    environment = {
        **os.environ, "FOLDER": str(settings.folder), DATABASE_URL: url, "NODES_AT_ONCE": "1",
        **given,
    }  # fmt: skip
    words = [sys.executable, "-m", "benchmarks.scale.run", *filter(None, [last])]
    with settings.log.open("w") as log:
        run = subprocess.Popen(words, env=environment, stdout=log, stderr=log)
        costs = _watched(run, settings.progress)
    if run.returncode:
        raise subprocess.CalledProcessError(run.returncode, words)
    for node, rows in _rows(settings.metadata).items():
        if node in costs:
            costs[node].rows = rows
    return costs


def _watched(run: subprocess.Popen[bytes], progress: Path) -> dict[str, Cost]:
    costs: dict[str, Cost] = {}
    node, workers_mb, position = "", 0, 0
    while True:
        ended = run.poll() is not None
        workers_mb = max(workers_mb, _workers_mb(run.pid))
        events, position = read_events(progress, position)
        for event in events:
            if event["event"] == "start":
                node, workers_mb = event["node"], 0
            elif event["event"] == "finish" and event["node"] == node and not event["cached"]:
                costs[node] = Cost(event["seconds"], event["peak_mb"], workers_mb)
        if ended:
            return costs
        time.sleep(POLL_S)


def _workers_mb(run: int) -> int:
    held = 0
    with suppress(psutil.Error):
        for process in psutil.Process(run).children(recursive=True):
            with suppress(psutil.Error):
                if process.name() == NAME:
                    held += process.memory_full_info().pss
    return held >> 20


def _rows(metadata: Path) -> dict[str, int]:
    """By reader: TFX writes to `<root>/<node>/<output>/<execution>`."""
    found = open_store(metadata, readonly=True).get_artifacts_by_type("Examples")
    return {Path(one.uri).parts[-3]: int(one.custom_properties[ROWS].int_value) for one in found}
