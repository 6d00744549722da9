"""Progress of a running node, by a logger that the runner listens to."""

from __future__ import annotations

import logging

__all__ = ["PROGRESS", "report_progress"]

PROGRESS = logging.getLogger("two_tower.progress")


def report_progress(done: int, total: int) -> None:
    """Report `done` of at most `total` steps."""
    PROGRESS.info("%d/%d", done, total)
