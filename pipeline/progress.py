"""Events of a running pipeline, one JSON object a line: the run's log, and its display."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import IO, Any

__all__ = ["NodeRun", "Progress", "peak_mb", "reset_peak"]

KEPT = 30
"""Logs that are kept, the newest ones."""


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
    """Writes the events of one run, and keeps the cost of each node.

    Args:
        path: becomes a link to the run's log at its first event.
        logs: folder of the logs, one for each run.

    Attributes:
        run_id: UTC in ISO 8601's basic format; also the run's id in ML Metadata.
    """

    def __init__(self, path: Path, logs: Path) -> None:
        self.runs: list[NodeRun] = []
        self.run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
        self._path, self._logs = path, logs

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

    def end(self, ended: str) -> None:
        """Report that the run has ended without an error."""
        self._write("end", ended=ended)

    def _write(self, event: str, **values: Any) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {"time": now, "run": self.run_id, "event": event, **values}
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")

    @cached_property
    def _file(self) -> IO[str]:
        self._logs.mkdir(parents=True, exist_ok=True)
        log = self._logs / f"{self.run_id}.jsonl"
        file = log.open("w", buffering=1, encoding="utf-8")
        self._path.unlink(missing_ok=True)
        self._path.symlink_to(log.resolve())
        for old in sorted(self._logs.glob("*.jsonl"))[:-KEPT]:
            old.unlink()
        return file


def reset_peak() -> None:
    """Reset the peak memory of this process (Linux, man proc_pid_clear_refs: 5 resets VmHWM)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_mb() -> int:
    """Peak memory of this process since `reset_peak`, in MB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0
