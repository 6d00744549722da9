"""`two-tower ab stop NAME`."""

from __future__ import annotations

import click
from rich.console import Console

from commands.given import with_settings
from pipeline.local.source import source_database
from pipeline.settings import Settings
from releases.experiments.registry import stop
from releases.migrate import migrate
from schema.database import session

__all__ = ["command"]


@click.command("stop")
@click.argument("name")
@with_settings
def command(settings: Settings, name: str) -> None:
    """Stop an experiment: everyone gets the live version again."""
    with source_database(settings) as (url, _), session(url) as connection:
        migrate(connection)
        stopped = stop(connection, name)
    line = f"stopped: {stopped.name}; its report stays: make ab-report NAME={stopped.name}"
    Console().print(line, highlight=False, soft_wrap=True)
