"""The process of a running node: its pipe, its dependencies, and its deadline."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from schema.errors import SetupError

__all__ = ["NodeProcess", "end", "late"]

ENDED_WITHIN_S = 5.0
"""Time between SIGTERM and SIGKILL."""


@dataclass
class NodeProcess:
    """A running node.

    Attributes:
        process: the child.
        pipe: what it reports through.
        upstream: the nodes that it depends on.
        since: when it started, by the monotonic clock.
    """

    process: BaseProcess
    pipe: Connection
    upstream: Sequence[str]
    since: float = field(default_factory=time.monotonic)

    def left_s(self, deadline_s: float) -> float:
        """Seconds until the deadline, 0 once it has passed."""
        return max(self.since + deadline_s - time.monotonic(), 0.0)


def end(children: Iterable[NodeProcess]) -> None:
    """End processes by SIGTERM; those that are still there after ENDED_WITHIN_S, by SIGKILL."""
    ending = list(children)
    for child in ending:
        child.process.terminate()
    until = time.monotonic() + ENDED_WITHIN_S
    for child in ending:
        child.process.join(max(until - time.monotonic(), 0))
        child.process.kill()
        child.process.join(ENDED_WITHIN_S)


def late(node: str, deadline_s: float) -> SetupError:
    """The error for a node that has not ended by its deadline."""
    return SetupError(
        f"{node} to end within {deadline_s:g} s (NODE_DEADLINE_S)",
        "a node that was still running, and has been ended",
        "see the log for its last step; run it again, or raise NODE_DEADLINE_S if it needs longer",
    )
