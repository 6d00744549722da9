"""`two-tower ab report [NAME]`."""

from __future__ import annotations

import click
from rich.console import Console

from commands.ab_data import report_data
from commands.ab_table import report_lines, report_table
from commands.given import as_json, print_json, with_settings
from pipeline.local.source import source_database
from pipeline.settings import Settings
from releases.experiments.registry import running
from releases.experiments.report import report
from releases.migrate import migrate
from schema.database import Connection, session
from schema.errors import DataError

__all__ = ["command"]


@click.command("report")
@click.argument("name", default="")
@as_json
@with_settings
def command(settings: Settings, name: str, *, as_json: bool) -> None:
    """Print the figures of both arms and what they say."""
    with source_database(settings) as (url, _), session(url) as connection:
        migrate(connection)
        connection.commit()
        connection.isolation_level = "REPEATABLE READ"  # every figure is of one moment
        found = report(connection, name or _name(connection))
    if as_json:
        print_json(report_data(found))
        return
    console = Console()
    console.print(report_table(found))
    for line in report_lines(found):
        console.print(line, highlight=False, soft_wrap=True)


def _name(connection: Connection) -> str:
    current = running(connection)
    if current is None:
        raise DataError("an experiment that runs", "none", "name one: make ab-report NAME=<name>")
    return current.name
