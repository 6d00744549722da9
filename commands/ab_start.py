"""`two-tower ab start NAME CANDIDATE [--control VERSION]`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import click
from rich.console import Console

from commands.ab_table import prospect_lines
from commands.given import with_settings
from pipeline.local.source import source_database
from pipeline.settings import Settings
from releases.experiments.power import prospect
from releases.experiments.registry import Experiment, Kind, change_share, running, start
from releases.migrate import migrate
from releases.registry import State, find, live_version
from schema.database import Connection, session
from schema.errors import ReleaseError

__all__ = ["command"]

_KEPT = (State.CHECKED, State.LIVE, State.STANDBY)
"""States of versions whose vectors can answer."""


@click.command("start")
@click.argument("name")
@click.argument("candidate")
@click.option("--control", default="", help="The version to compare with; the live one.")
@click.option("--share", default=0.5, show_default=True, help="Of the users, the candidate's.")
@click.option("--salt", default="", help="Of the hash; the name, if not given.")
@click.option(
    "--kind", type=click.Choice([*map(str, Kind)]), default=str(Kind.SPLIT), show_default=True
)
@click.option(
    "--difference", default=0.05, show_default=True, help="In likes, relative, to be found."
)
@click.option("--plan", is_flag=True, help="Say what can be found, start nothing.")
@with_settings
def command(
    settings: Settings,
    name: str,
    candidate: str,
    control: str,
    share: float,
    salt: str,
    kind: str,
    difference: float,
    *,
    plan: bool,
) -> None:
    """Say what difference can be found and how long it takes, then start an experiment.

    NAME is one that no other experiment has, CANDIDATE the version in question. For the experiment
    that runs, the share is changed.
    """
    console = Console()
    with source_database(settings) as (url, _), session(url) as connection:
        migrate(connection)
        found = prospect(connection, share, difference, Kind(kind))
        for line in prospect_lines(found, difference, Kind(kind)):
            console.print(line, highlight=False, soft_wrap=True)
        if plan:
            return
        own = (name, control or live_version(connection), candidate)
        begin = partial(start, salt=salt, kind=Kind(kind), difference=difference)
        said = _begin(connection, own, begin, share)
        console.print(said, highlight=False, soft_wrap=True)


def _begin(
    connection: Connection,
    own: tuple[str, str, str],
    begin: Callable[..., Experiment],
    share: float,
) -> str:
    """Starts the experiment of a name, control and candidate; changes the share of the running."""
    for version in own[1:]:
        _check_kept(connection, version)
    current = running(connection)
    if current and (current.name, current.control, current.candidate) == own:
        changed = change_share(connection, current.name, share)
        return f"share changed from {current.share:f} to {changed.share:f}; who has an arm keeps it"
    begun = begin(connection, *own, share=share)
    return (
        f"started: {begun.candidate} beside {begun.control}, {begun.kind}, share {begun.share:f},"
        f" salt {begun.salt!r}"
    )


def _check_kept(connection: Connection, version: str) -> None:
    state = find(connection, version).state
    if state not in _KEPT:
        raise ReleaseError(
            f"a version that is one of {', '.join(_KEPT)}",
            f"{version}, which is {state}", "see `make versions`",
        )  # fmt: skip
