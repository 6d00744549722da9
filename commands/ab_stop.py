"""`make ab-stop NAME=<name>`."""

from __future__ import annotations

import argparse

from rich.console import Console

from pipeline.local.source import source_database
from pipeline.settings import Settings
from releases.experiments.registry import stop
from releases.migrate import migrate
from schema.database import session

__all__ = ["add_arguments", "command"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the name."""
    parser.add_argument("name", help="of the experiment that runs")


def command(settings: Settings, arguments: argparse.Namespace) -> None:
    """Stop an experiment: everyone gets the live version again."""
    with source_database(settings) as (url, _), session(url) as connection:
        migrate(connection)
        stopped = stop(connection, arguments.name)
    line = f"stopped: {stopped.name}; its report stays: make ab-report NAME={stopped.name}"
    Console().print(line, highlight=False, soft_wrap=True)
