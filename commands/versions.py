"""`two-tower versions`."""

from __future__ import annotations

import click
from rich import box
from rich.console import Console
from rich.table import Table

from commands.given import as_json, print_json, with_settings
from pipeline.local.source import source_database
from pipeline.settings import Settings
from releases.migrate import migrate
from releases.registry import Version, versions
from schema.database import session

__all__ = ["command"]


@click.command("versions")
@as_json
@with_settings
def command(settings: Settings, *, as_json: bool) -> None:
    """Print every version, the newest first, with its state and what decided."""
    with source_database(settings) as (url, _), session(url) as connection:
        migrate(connection)
        found = versions(connection)
    if as_json:
        print_json(found)
    else:
        Console().print(_table(found) if found else "no version yet: `make run` makes the first")


def _table(found: list[Version]) -> Table:
    table = Table(box=box.SIMPLE, padding=(0, 1, 0, 0))
    for heading in (
        "version",
        "state",
        "released",
        "AUC-PR",
        "NDCG@10",
        "users",
        "videos",
        "MB",
        "remark",
    ):
        right = heading not in {"version", "state", "released", "remark"}
        kept = heading != "remark"
        table.add_column(heading, justify="right" if right else "left", no_wrap=kept)
    for one in found:
        released = f"{one.released_at:%Y-%m-%d %H:%M}" if one.released_at else ""
        gates = [_figure(one, name) for name in ("auc_pr", "ndcg@10")]
        counts = (f"{one.users:,}", f"{one.videos:,}", f"{one.bytes / 1e6:,.0f}")
        table.add_row(one.version, one.state, released, *gates, *counts, one.reason)
    return table


def _figure(one: Version, name: str) -> str:
    figure = one.figures.get("gates", {}).get(name)
    return "" if figure is None else f"{figure:.3f}"
