"""How a node under way says how far it is: a logger that the runner listens to."""

from __future__ import annotations

import logging

__all__ = ["PROGRESS", "report_progress"]

PROGRESS = logging.getLogger("two_tower.progress")


def report_progress(done: int, total: int) -> None:
    """So many steps of at most so many are done."""
    PROGRESS.info("%d/%d", done, total)
