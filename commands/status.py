"""`two-tower status`."""

from __future__ import annotations

import click
from rich.console import Console

from commands.given import as_json, print_json, with_settings
from commands.status_looks import look
from commands.status_table import show_status
from pipeline.settings import Settings

__all__ = ["command"]


@click.command("status")
@as_json
@with_settings
def command(settings: Settings, *, as_json: bool) -> None:
    """Say what is live, how the last runs ended and why, and what runs now.

    Nothing is created or changed.
    """
    found = look(settings)
    if as_json:
        print_json(found)
    else:
        show_status(found, Console())
