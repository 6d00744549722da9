"""`two-tower prune`."""

from __future__ import annotations

import click
from rich.console import Console

from commands.given import with_settings
from pipeline.local.source import source_database
from pipeline.settings import Settings
from releases.migrate import migrate
from releases.served import remove_models
from releases.switch import gone_versions, prune, sweep
from schema.database import session

__all__ = ["command"]


@click.command("prune")
@with_settings
def command(settings: Settings) -> None:
    """Drop the vectors and models of all but the KEEP versions that were live last."""
    with source_database(settings) as (url, _name), session(url) as connection:
        migrate(connection)
        gone = [*sweep(connection), *prune(connection, settings.keep)]
        without = gone_versions(connection)
    remove_models(settings.models, without)
    Console().print(f"dropped: {', '.join(gone) or 'none'}", highlight=False)
