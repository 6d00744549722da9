"""`make bench`: a cold and a cached run in a folder of their own, with the machine's facts.

Prints one table, in Markdown, fit for the README. Limits are those that the project set itself.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple

import psutil

from pipeline.local.postgres import open_folder

__all__ = ["Measured", "facts", "main", "peak_of_tree"]

LIMITS = {"cold run": (150, 3072), "cached run": (75, 3072)}
POLL_S = 0.5


class Measured(NamedTuple):
    """One run of the command: wall clock in seconds, and the peak memory of all its processes."""

    seconds: float
    peak_mb: int


def main() -> None:
    """Runs, measures, prints."""
    with open_folder("two-tower-bench-") as folder:
        measured = {name: _measure(folder) for name in LIMITS}
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    sys.stdout.write(_table(measured, summary["review"]))


def _measure(folder: Path) -> Measured:
    started = time.monotonic()
    command = [sys.executable, "-m", "pipeline.main", "--parent", str(os.getpid()), "run"]
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


def peak_of_tree(pid: int, done: Event, peaks: list[int]) -> None:
    """Sets peaks[0] to the most MB that the process and its children held together, as PSS.

    PSS counts a page that several processes share once, in equal parts (man proc_pid_smaps).
    """
    while not done.wait(POLL_S):
        held = 0
        try:
            parent = psutil.Process(pid)
            tree = [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return
        for process in tree:
            try:
                held += process.memory_full_info().pss
            except psutil.Error:
                continue
        peaks[0] = max(peaks[0], held >> 20)


def _table(measured: dict[str, Measured], review: dict[str, Any]) -> str:
    lines = ["", "| what | measured | limit |", "|---|---|---|"]
    for name, (seconds, memory) in LIMITS.items():
        got = measured[name]
        lines += [
            f"| {name} | {got.seconds:.0f} s, {got.peak_mb:,} MB | {seconds} s, {memory:,} MB |"
        ]
    overall = review["candidate"]["overall"]
    auc_pr, coin = overall["auc_pr"], overall["prevalence"]
    lines += [f"| AUC-PR, MovieLens-100K | {auc_pr:.3f} | a coin: {coin:.3f} |"]
    ours, popular = (
        review["ranking"]["models"][name]["ndcg@10"]["mean"] for name in ("candidate", "popularity")
    )
    lines += [f"| NDCG@10, full catalogue | {ours:.3f} | popularity: {popular:.3f} |", ""]
    lines += [facts(), ""]
    return "\n".join(lines)


def facts() -> str:
    """Day, commit and machine, in one sentence."""
    machine = f"{os.cpu_count()} cores, {psutil.virtual_memory().total >> 30} GB, {_processor()}"
    return f"{datetime.now(UTC):%Y-%m-%d}, commit {_commit()}, {machine}."


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


if __name__ == "__main__":
    main()
