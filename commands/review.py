"""`make review`."""

from __future__ import annotations

import argparse

from rich.console import Console

from components.model_review.page import redraw
from pipeline.settings import Settings
from schema.errors import SetupError

__all__ = ["add_arguments", "command"]


def add_arguments(_: argparse.ArgumentParser) -> None:
    """Add none: the review is the last run's."""


def command(settings: Settings, _: argparse.Namespace) -> None:
    """Render the last run's model review again and print the page's path."""
    if not settings.review_figures.exists():
        raise SetupError("a finished run", "none", "start with `make run`")
    redraw(settings.review_page)
    Console().print(str(settings.review_page), highlight=False, soft_wrap=True)
