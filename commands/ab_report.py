"""`make ab-report [NAME=<name>]`."""

from __future__ import annotations

import argparse

from rich.console import Console

from commands.ab_table import report_lines, report_table
from pipeline.local.source import source_database
from pipeline.settings import Settings
from releases.experiments.registry import running
from releases.experiments.report import report
from releases.migrate import migrate
from schema.database import Connection, session
from schema.errors import DataError

__all__ = ["add_arguments", "command"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the name."""
    parser.add_argument("name", nargs="?", default="", help="of an experiment; the one that runs")


def command(settings: Settings, arguments: argparse.Namespace) -> None:
    """Print the figures of both arms and what they say."""
    console = Console()
    with source_database(settings) as (url, _), session(url) as connection:
        migrate(connection)
        connection.commit()
        connection.isolation_level = "REPEATABLE READ"  # every figure is of one moment
        found = report(connection, arguments.name or _name(connection))
    console.print(report_table(found))
    for line in report_lines(found):
        console.print(line, highlight=False, soft_wrap=True)


def _name(connection: Connection) -> str:
    current = running(connection)
    if current is None:
        raise DataError("an experiment that runs", "none", "name one: make ab-report NAME=<name>")
    return current.name
