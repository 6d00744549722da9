"""`two-tower plan`."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from commands.given import as_json, print_json, with_settings
from pipeline.local.present import present_database
from pipeline.plan.plan import Plan, make_plan
from pipeline.settings import Settings
from schema.database import session
from schema.errors import SetupError

__all__ = ["command"]


@click.command("plan")
@as_json
@with_settings
def command(settings: Settings, *, as_json: bool) -> None:
    """Say what a run would read, compute and write, and how long it takes.

    Nothing is changed. Sources, settings, data and the earlier runs of ML Metadata decide, as they
    do in the run.
    """
    with present_database(settings) as url:
        if not url:
            raise SetupError(
                "a database", "none yet",
                "`make run` makes one and runs every node; or name yours in DATABASE_URL",
            )  # fmt: skip
        with session(url, readonly=True, patient=True) as connection:
            plan = make_plan(connection, settings)
    if as_json:
        print_json(plan)
    else:
        _show(plan, Console())


def _show(plan: Plan, console: Console) -> None:
    console.print(_tables(plan))
    runs = [node for node in plan.nodes if not node.cached]
    named = ", ".join(
        node.node if node.seconds is None else f"{node.node} {node.seconds:.0f} s" for node in runs
    )
    for line in (
        f"runs ({len(runs)} of {len(plan.nodes)}): {named}",
        f"cached: {', '.join(node.node for node in plan.nodes if node.cached) or 'none'}",
        _release(plan),
        f"about {plan.minutes:.1f} min" if plan.minutes is not None else
        "its time is not known: some of these nodes have never run in this folder",
    ):  # fmt: skip
        console.print(line, highlight=False, soft_wrap=True)


def _release(plan: Plan) -> str:
    if not plan.mirror_rows:
        return "release: nothing to write"
    return (
        f"release: {plan.mirror_rows:,} rows into the mirror,"
        f" {plan.wal_bytes / 1e6:,.0f} MB of write-ahead log, if the model passes its gates"
    )


def _tables(plan: Plan) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("table", "rows", "new", "changed"):
        table.add_column(heading, justify="right" if heading in {"rows", "new"} else "left")
    for name, own in plan.tables.items():
        table.add_row(name, f"{own.rows:,}", f"{own.new_rows:+,}", "yes" if own.changed else "no")
    return table
