"""A group of processes that live together: one that dies is started again, all end at once."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Event

from schema.parent_death import end_with_parent

__all__ = ["Child", "Supervisor"]

_LOG = logging.getLogger(__name__)

POLL_S = 0.2
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
STEADY_S = 60.0
"""A process that lived this long is started again without a pause."""
END_WITHIN_S = 10.0


@dataclass
class Child:
    """One process of the group.

    Attributes:
        name: for messages.
        command: program and arguments.
        environment: variables beside those of this process.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


class _Kept:
    """A child's process, and when it may be started again."""

    def __init__(self, child: Child, clock: Callable[[], float]) -> None:
        self.child, self._clock = child, clock
        self._pause_s, self._started, self._due = 0.0, 0.0, 0.0
        self.process: subprocess.Popen[bytes] | None = None

    def look(self) -> None:
        """Start it if it is due; note its end."""
        if self.process is None:
            if self._clock() >= self._due:
                self._start()
        elif (status := self.process.poll()) is not None:
            self._ended(status)

    def _start(self) -> None:
        self.process = subprocess.Popen(
            list(self.child.command), env={**os.environ, **self.child.environment},
            stdin=subprocess.DEVNULL,
            preexec_fn=partial(end_with_parent, os.getpid()),  # noqa: PLW1509  # prctl alone
        )  # fmt: skip
        self._started = self._clock()
        _LOG.info("%s: started, process %d", self.child.name, self.process.pid)

    def _ended(self, status: int) -> None:
        steady = self._clock() - self._started >= STEADY_S
        self._pause_s = (
            0.0 if steady else min(max(2 * self._pause_s, FIRST_PAUSE_S), LONGEST_PAUSE_S)
        )
        self._due, self.process = self._clock() + self._pause_s, None
        _LOG.warning(
            "%s: ended with status %d, started again in %.1f s", self.child.name, status,
            self._pause_s,
        )  # fmt: skip


class Supervisor:
    """Keeps the children alive until `stop`.

    Args:
        children: in the order in which they are started; they end in the opposite one.
        clock: monotonic seconds.
    """

    def __init__(
        self, children: Sequence[Child], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._kept = [_Kept(child, clock) for child in children]
        self._stop = Event()

    def run(self, after_start: Callable[[], None] = lambda: None) -> None:
        """Keep them alive; `after_start` is called once all were started."""
        try:
            self.look()
            after_start()
            while not self._stop.wait(POLL_S):
                self.look()
        finally:
            self.end()

    def look(self) -> None:
        """One round over the children."""
        for kept in self._kept:
            kept.look()

    def stop(self) -> None:
        """Make `run` return."""
        self._stop.set()

    def pids(self) -> dict[str, int]:
        """Process ids by name, of those that run."""
        return {kept.child.name: kept.process.pid for kept in self._kept if kept.process}

    def end(self) -> None:
        """End all: SIGTERM first, SIGKILL for one that does not end in time."""
        running = [kept.process for kept in reversed(self._kept) if kept.process]
        for process in running:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + END_WITHIN_S
        for process in running:
            try:
                process.wait(timeout=max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
