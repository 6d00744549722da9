"""`two-tower review`."""

from __future__ import annotations

import click
from rich.console import Console

from commands.given import with_settings
from components.model_review.page import redraw
from pipeline.settings import Settings
from schema.errors import SetupError

__all__ = ["command"]


@click.command("review")
@with_settings
def command(settings: Settings) -> None:
    """Render the last run's model review again and print the page's path."""
    if not settings.review_figures.exists():
        raise SetupError("a finished run", "none", "start with `make run`")
    redraw(settings.review_page)
    Console().print(str(settings.review_page), highlight=False, soft_wrap=True)
