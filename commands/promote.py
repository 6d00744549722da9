"""`two-tower promote VERSION`."""

from __future__ import annotations

import click

from commands.given import with_settings
from commands.going_live import go_live
from pipeline.settings import Settings
from schema.errors import SetupError

__all__ = ["command"]


@click.command("promote")
@click.argument("version")
@with_settings
def command(settings: Settings, version: str) -> None:
    """Make a kept version live."""
    if not version.isdecimal():
        raise SetupError("VERSION=<number>", repr(version), "see `make versions`")
    go_live(settings, lambda _: version)
