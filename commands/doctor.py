"""`two-tower doctor`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from commands.checks import database, machine, releases
from commands.checks.check import Outcome, State, examine, skipped
from commands.given import as_json, print_json, with_settings
from pipeline.local.present import present_database
from pipeline.settings import Settings
from schema.database import Connection, connect, with_statement_timeout
from schema.errors import DatabaseError

__all__ = ["command", "examined"]

STATEMENT_S = 1.0
_ADDRESS = "address"
_MARKS = {
    State.OK: "[green]ok", State.REMARK: "[yellow]remark", State.FAILED: "[red]failed",
    State.SKIPPED: "[dim]skipped",
}  # fmt: skip


@click.command("doctor")
@as_json
@with_settings
def command(settings: Settings, *, as_json: bool) -> None:
    """Check this machine, the database and the model server before a run.

    Status 1 if a check fails. Nothing is changed: statements are tried and rolled back.
    """
    found = list(examined(settings))
    if as_json:
        print_json(found)
    else:
        Console().print(_table(found))
    if any(outcome.state is State.FAILED for outcome in found):
        sys.exit(1)


def examined(settings: Settings) -> Iterator[Outcome]:
    """The outcome of every check, in the order of the tables."""
    yield from examine(machine.CHECKS, settings)
    checks = {**database.CHECKS, **releases.CHECKS}
    try:
        with present_database(settings) as url:
            if not url:
                none = "none yet: `make run` makes one; DATABASE_URL=… names your own"
                yield Outcome(_ADDRESS, State.OK, none)
                yield from skipped(checks, "no database yet")
                return
            with closing(connect(url, patient=True)) as connection:
                with_statement_timeout(connection, STATEMENT_S)
                yield Outcome(_ADDRESS, State.OK, "it answers")
                site = database.Site(settings, url, connection)
                yield from examine(checks, site, partial(_roll_back, connection))
    except DatabaseError as error:
        yield from examine({_ADDRESS: partial(_raised, error)}, settings)
        yield from skipped(checks, "no connection")


def _roll_back(connection: Connection) -> None:
    if not connection.closed:
        connection.rollback()


def _raised(error: DatabaseError, _: Settings) -> str:
    raise error


def _table(found: list[Outcome]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("check", "", "found, and what to do"):
        table.add_column(heading, no_wrap=heading != "found, and what to do", overflow="fold")
    for outcome in found:
        remedy = f"\n[bold]{escape(outcome.remedy)}[/bold]" if outcome.remedy else ""
        table.add_row(outcome.name, _MARKS[outcome.state], escape(outcome.found) + remedy)
    return table
