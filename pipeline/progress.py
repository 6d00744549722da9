"""Progress of a running pipeline: one event a line in `progress.jsonl`, for display."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

__all__ = ["NodeRun", "Progress", "peak_mb", "reset_peak"]


@dataclass
class NodeRun:
    """One node of one run.

    Attributes:
        node: its id in the pipeline.
        seconds: wall clock.
        peak_mb: peak memory of its process, with some 900 MB of imports.
        cached: whether an earlier result was reused.
        skipped: whether it could not run because an input was missing.
    """

    node: str
    seconds: float = 0.0
    peak_mb: int = 0
    cached: bool = False
    skipped: bool = False


class Progress:
    """Writes the events of one run, and keeps the cost of each node."""

    def __init__(self, path: Path) -> None:
        """Start with an empty file."""
        self.runs: list[NodeRun] = []
        self._file = path.open("w", buffering=1)

    def start(self, node: str) -> None:
        """Report that a node has started."""
        self._write("start", node=node)

    def step(self, node: str, done: int, total: int) -> None:
        """Report that a node has done `done` of at most `total` steps."""
        self._write("step", node=node, done=done, total=total)

    def finish(self, run: NodeRun) -> None:
        """Report that a node has succeeded."""
        self.runs.append(run)
        self._write("finish", **asdict(run))

    def fail(self, text: str, *, refused: bool) -> None:
        """Report that the run has failed, or that a gate refused its model."""
        self._write("error", text=text, refused=refused)

    def _write(self, event: str, **values: Any) -> None:
        self._file.write(json.dumps({"event": event, **values}) + "\n")


def reset_peak() -> None:
    """Reset the peak memory of this process (Linux, man proc_pid_clear_refs: 5 resets VmHWM)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_mb() -> int:
    """Peak memory of this process since `reset_peak`, in MB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0
