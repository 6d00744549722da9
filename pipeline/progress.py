"""What a running pipeline tells: one event a line in `progress.jsonl`, read by whoever shows it."""

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
        peak_mb: its process's peak memory, some 900 MB of imports included.
        cached: whether an earlier result was taken.
        skipped: whether it could not run for want of an input.
    """

    node: str
    seconds: float = 0.0
    peak_mb: int = 0
    cached: bool = False
    skipped: bool = False


class Progress:
    """Writes the events of one run, and keeps what each node cost."""

    def __init__(self, path: Path) -> None:
        """Empties the file."""
        self.runs: list[NodeRun] = []
        self._file = path.open("w", buffering=1)

    def start(self, node: str) -> None:
        """A node has begun."""
        self._write("start", node=node)

    def step(self, node: str, done: int, total: int) -> None:
        """A node has done so many of at most so many steps."""
        self._write("step", node=node, done=done, total=total)

    def finish(self, run: NodeRun) -> None:
        """A node has ended well."""
        self.runs.append(run)
        self._write("finish", **asdict(run))

    def fail(self, text: str) -> None:
        """The run has ended badly."""
        self._write("error", text=text)

    def _write(self, event: str, **values: Any) -> None:
        self._file.write(json.dumps({"event": event, **values}) + "\n")


def reset_peak() -> None:
    """Linux: writing 5 resets VmHWM (man proc_pid_clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_mb() -> int:
    """Most memory that this process has held since `reset_peak`, in MB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0
