"""`make bench`: a cold, a changed and a cached run in a folder of their own, and what was planned.

Prints one table, in Markdown. Limits are those that the project set itself.
"""

from __future__ import annotations

import json
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

REFUSED = 3
"""Exit status of a run whose model a gate refused: another seed's may be no better."""


class Case(NamedTuple):
    """One run of the command, in order: its settings, and its limits in seconds and MB."""

    settings: dict[str, str]
    seconds: int
    peak_mb: int


CASES = {
    "cold run": Case({}, 150, 3072),
    "run with another seed": Case({"SEED": "8"}, 150, 3072),
    "cached run": Case({"SEED": "8"}, 75, 3072),
}


class Measured(NamedTuple):
    """One run: wall clock and `two-tower plan`'s in seconds, and the peak of all its processes."""

    seconds: float
    planned: float | None
    peak_mb: int


def main() -> None:
    """Runs, measures, prints."""
    with open_folder("two-tower-bench-") as folder:
        measured: dict[str, Measured] = {}
        for name, case in CASES.items():
            measured[name] = _measure(folder, case.settings, known=bool(measured))
            if name == "cold run":
                review = Summary.read(folder / "summary.json").review
    sys.stdout.write(_table(measured, review))


def _measure(folder: Path, settings: dict[str, str], *, known: bool) -> Measured:
    environment = {**os.environ, **settings, "FOLDER": str(folder)}
    planned = _planned(environment) if known else None
    started = time.monotonic()
    command = [sys.executable, "-m", "commands", "--parent", str(os.getpid()), "run"]
    process = subprocess.Popen(command, env=environment)
    done, peaks = Event(), [0]
    watch = Thread(target=peak_of_tree, args=(process.pid, done, peaks))
    watch.start()
    status = process.wait()
    done.set()
    watch.join()
    if status not in {0, REFUSED}:
        sys.exit(status)
    return Measured(time.monotonic() - started, planned, peaks[0])


def _planned(environment: dict[str, str]) -> float:
    """Seconds that `two-tower plan` expects."""
    command = [sys.executable, "-m", "commands", "plan", "--json"]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    return 60 * float(json.loads(done.stdout)["minutes"])


def _table(measured: dict[str, Measured], review: Review) -> str:
    lines = ["", head(("what", "measured", "limit"))]
    for name, case in CASES.items():
        got = measured[name]
        limit = f"{case.seconds} s, {case.peak_mb:,} MB"
        lines.append(row((name, f"{got.seconds:.0f} s, {got.peak_mb:,} MB", limit)))
        if got.planned is not None:
            share = f"{got.seconds / got.planned:.2f} of the plan's {got.planned:.0f} s"
            lines.append(row((f"{name}, beside `two-tower plan`", share, "0.75 to 1.25")))
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
