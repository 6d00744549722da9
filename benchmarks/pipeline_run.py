"""`make bench`: a cold and a cached run in a folder of their own, with the machine's facts.

Prints one table, in Markdown, fit for the README. Limits are those that the project set itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

from benchmarks.machine import facts, peak_of_tree
from benchmarks.table import head, row
from pipeline.local.postgres import open_folder
from schema.documents.review import Review
from schema.documents.summary import Summary

__all__ = ["Measured", "main"]

LIMITS = {"cold run": (150, 3072), "cached run": (75, 3072)}


class Measured(NamedTuple):
    """One run of the command: wall clock in seconds, and the peak memory of all its processes."""

    seconds: float
    peak_mb: int


def main() -> None:
    """Runs, measures, prints."""
    with open_folder("two-tower-bench-") as folder:
        measured = {name: _measure(folder) for name in LIMITS}
        review = Summary.read(folder / "summary.json").review
    sys.stdout.write(_table(measured, review))


def _measure(folder: Path) -> Measured:
    started = time.monotonic()
    command = [sys.executable, "-m", "commands", "--parent", str(os.getpid()), "run"]
    process = subprocess.Popen(command, env={**os.environ, "FOLDER": str(folder)})
    done, peaks = Event(), [0]
    watch = Thread(target=peak_of_tree, args=(process.pid, done, peaks))
    watch.start()
    status = process.wait()
    done.set()
    watch.join()
    if status:
        sys.exit(status)
    return Measured(time.monotonic() - started, peaks[0])


def _table(measured: dict[str, Measured], review: Review) -> str:
    lines = ["", head(("what", "measured", "limit"))]
    for name, (seconds, memory) in LIMITS.items():
        got = measured[name]
        cost, limit = f"{got.seconds:.0f} s, {got.peak_mb:,} MB", f"{seconds} s, {memory:,} MB"
        lines.append(row((name, cost, limit)))
    overall = review.candidate.overall
    random = f"random: {overall.prevalence:.3f}"
    lines.append(row(("AUC-PR, MovieLens-100K", f"{overall.auc_pr:.3f}", random)))
    ours, popular = (
        review.ranking.models[name].ndcg_10.mean for name in ("candidate", "popularity")
    )
    lines.append(row(("NDCG@10, full catalogue", f"{ours:.3f}", f"popularity: {popular:.3f}")))
    return "\n".join([*lines, "", facts(), ""])


if __name__ == "__main__":
    main()
