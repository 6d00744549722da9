"""`two-tower review`."""

from __future__ import annotations

from contextlib import suppress

import click
from rich.console import Console

from commands.folder_server import folder_server
from commands.given import with_settings
from components.model_review.kept import keep_review
from pipeline.settings import Settings
from schema.documents.review import Review
from schema.errors import SetupError

__all__ = ["command"]


@click.command("review")
@with_settings
def command(settings: Settings) -> None:
    """Name the last run's model review; on a terminal, serve those of all versions until Ctrl-C.

    The pages are written again from their figures. Each also opens from its file.
    """
    if not settings.review_figures.exists():
        raise SetupError("a finished run", "none", "start with `make run`")
    console = Console()
    index = keep_review(settings.review_page, Review.read(settings.review_figures))
    console.print(str(settings.review_page), highlight=False, soft_wrap=True)
    if not console.is_terminal:
        return
    with folder_server(index.parent) as server, suppress(KeyboardInterrupt):
        address = "http://{}:{}/".format(*server.server_address[:2])
        console.print(f"all versions: {address} until Ctrl-C", highlight=False, soft_wrap=True)
        server.serve_forever()
