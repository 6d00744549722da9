"""`two-tower rollback`."""

from __future__ import annotations

import click

from commands.given import with_settings
from commands.going_live import go_live
from pipeline.settings import Settings
from releases.switch import previous_version

__all__ = ["command"]


@click.command("rollback")
@with_settings
def command(settings: Settings) -> None:
    """Make the version live again that was released before the live one."""
    go_live(settings, previous_version)
