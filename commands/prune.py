"""`make prune KEEP=`."""

from __future__ import annotations

import argparse

from rich.console import Console

from pipeline.local.source import source_database
from pipeline.settings import Settings
from releases.migrate import migrate
from releases.served import remove_models
from releases.switch import gone_versions, prune, sweep
from schema.database import session

__all__ = ["add_arguments", "command"]


def add_arguments(_: argparse.ArgumentParser) -> None:
    """Add none: KEEP is a setting."""


def command(settings: Settings, _: argparse.Namespace) -> None:
    """Drop the vectors and models of all but the KEEP versions that were live last."""
    with source_database(settings) as (url, _name), session(url) as connection:
        migrate(connection)
        gone = [*sweep(connection), *prune(connection, settings.keep)]
        without = gone_versions(connection)
    remove_models(settings.models, without)
    Console().print(f"dropped: {', '.join(gone) or 'none'}", highlight=False)
