"""Terminal output while the pipeline runs: one line for each node, with its time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from schema.errors import NotBlessedError, TwoTowerError

__all__ = ["NodeLines", "read_events"]


def read_events(path: Path, position: int) -> tuple[list[dict[str, Any]], int]:
    """The events in complete lines after `position`, and the position behind them."""
    if not path.exists():
        return [], position
    with path.open() as file:
        file.seek(position)
        text = file.read()
    whole = text[: text.rfind("\n") + 1]
    return [json.loads(line) for line in whole.splitlines()], position + len(whole.encode())


class NodeLines:
    """A progress bar for each running node, a line for each finished one."""

    def __init__(self, console: Console) -> None:
        """Print to `console`; without a terminal the bar is left out."""
        self.error: TwoTowerError | None = None
        self._console = console
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<22}"),
            BarColumn(30),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, events: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> None:
        """Show these events of progress.jsonl."""
        for event in events:
            match event["event"]:
                case "start":
                    task = self._bar.add_task(event["node"], total=None)
                    self._tasks[event["node"]] = task
                case "step":
                    task = self._tasks[event["node"]]
                    self._bar.update(task, completed=event["done"], total=event["total"])
                case "finish":
                    self._bar.remove_task(self._tasks.pop(event["node"]))
                    self._line(event)
                case "error":
                    kind = NotBlessedError if event["refused"] else TwoTowerError
                    self.error = kind.saying(event["text"])

    def _line(self, event: dict[str, Any]) -> None:
        note = "cached" if event["cached"] else f"{event['peak_mb']:5,d} MB"
        self._console.print(
            f"  {event['node']:<22} {event['seconds']:7.1f} s   {note}", highlight=False
        )
