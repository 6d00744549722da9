"""What a running pipeline tells: one event a line in `progress.jsonl`, read by whoever shows it.

TFX announces its nodes through absl's logger only, so the messages of LocalDagRunner and of
its launcher are what is listened to.
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import absl.logging

__all__ = ["NodeRun", "ProgressLog"]

_RUNNING = "Component %s is running."
_FINISHED = "Component %s is finished."
_CACHED = "A cached execution %d is used."
_SKIPPED = "Skipping execution for %s"


@dataclass
class NodeRun:
    """One node of one run.

    Attributes:
        node: its id in the pipeline.
        seconds: wall clock.
        peak_mb: the process's peak memory while it ran, imports included; 0 where unknown.
        cached: whether an earlier result was taken.
        skipped: whether it could not run for want of an input.
    """

    node: str
    seconds: float = 0.0
    peak_mb: int = 0
    cached: bool = False
    skipped: bool = False


class ProgressLog(logging.Handler):
    """Turns TFX's log into events, and keeps what each node cost."""

    def __init__(self, path: Path) -> None:
        """Starts the file anew."""
        super().__init__(logging.INFO)
        self.runs: list[NodeRun] = []
        self._started = 0.0
        self._file = path.open("w", buffering=1)
        for name in ("absl", "two_tower.progress"):
            logging.getLogger(name).addHandler(self)
        logging.getLogger("two_tower.progress").setLevel(logging.INFO)
        # The logger's own level would be undone by whoever parses absl's flags later.
        absl.logging.set_verbosity(absl.logging.INFO)

    def emit(self, record: logging.LogRecord) -> None:
        """Takes one message of the logger."""
        if record.name == "two_tower.progress" and isinstance(record.args, tuple):
            done, total = record.args
            self.tell("step", done=done, total=total)
        elif record.msg == _RUNNING:
            self._start(str(record.args[0] if isinstance(record.args, tuple) else ""))
        elif record.msg == _CACHED and self.runs:
            self.runs[-1].cached = True
        elif record.msg == _SKIPPED and self.runs:
            self.runs[-1].skipped = True
        elif record.msg == _FINISHED and self.runs:
            self._finish()

    def tell(self, event: str, **values: Any) -> None:
        """Writes one event."""
        self._file.write(json.dumps({"event": event, **values}) + "\n")

    def _start(self, node: str) -> None:
        self.runs.append(NodeRun(node))
        self._started = time.monotonic()
        _reset_peak()
        self.tell("start", node=node)

    def _finish(self) -> None:
        run = self.runs[-1]
        run.seconds = round(time.monotonic() - self._started, 2)
        run.peak_mb = _peak_mb()
        self.tell("finish", **asdict(run))


def _reset_peak() -> None:
    """Linux: writing 5 resets VmHWM (man proc_pid_clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5")


def _peak_mb() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0
