"""Facts of the machine that stand below each table, and the memory of a tree of processes."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import psutil

__all__ = ["facts", "peak_of_tree"]

POLL_S = 0.5


def facts() -> str:
    """Day, commit and machine, in one sentence."""
    machine = f"{os.cpu_count()} cores, {psutil.virtual_memory().total >> 30} GB, {_processor()}"
    return f"{datetime.now(UTC):%Y-%m-%d}, commit {_commit()}, {machine}."


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
