"""`make ab-start NAME=<name> CANDIDATE=<version> [CONTROL=<version>]`."""

from __future__ import annotations

import argparse

from rich.console import Console

from commands.ab_table import prospect_lines
from pipeline.local.source import source_database
from pipeline.settings import Settings
from releases.experiments.power import prospect
from releases.experiments.registry import Kind, change_share, running, start
from releases.migrate import migrate
from releases.registry import State, find, live_version
from schema.database import Connection, session
from schema.errors import ReleaseError

__all__ = ["add_arguments", "command"]

_KEPT = (State.CHECKED, State.LIVE, State.STANDBY)
"""States of versions whose vectors can answer."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the experiment."""
    parser.add_argument("name", help="a name that no other experiment has")
    parser.add_argument("control", help="the version to compare with; '' for the live one")
    parser.add_argument("candidate", help="the version in question")
    parser.add_argument("--share", type=float, default=0.5, help="of the users, the candidate's")
    parser.add_argument("--salt", default="", help="of the hash; the name, if not given")
    parser.add_argument("--kind", type=Kind, default=Kind.SPLIT, help="split or interleaving")
    parser.add_argument(
        "--difference", type=float, default=0.05, help="in likes, relative, that is to be found"
    )
    parser.add_argument("--plan", action="store_true", help="say what can be found, start nothing")


def command(settings: Settings, arguments: argparse.Namespace) -> None:
    """Say what difference can be found and how long it takes, then start the experiment."""
    console = Console()
    with source_database(settings) as (url, _), session(url) as connection:
        migrate(connection)
        asked = (arguments.share, arguments.difference, arguments.kind)
        found = prospect(connection, *asked)
        for line in prospect_lines(found, arguments.difference, arguments.kind):
            console.print(line, highlight=False, soft_wrap=True)
        if not arguments.plan:
            console.print(_begin(connection, arguments), highlight=False, soft_wrap=True)


def _begin(connection: Connection, arguments: argparse.Namespace) -> str:
    """Starts the experiment; of the one that runs, changes the share."""
    own = (arguments.name, arguments.control or live_version(connection), arguments.candidate)
    for version in own[1:]:
        _check_kept(connection, version)
    current = running(connection)
    if current and (current.name, current.control, current.candidate) == own:
        changed = change_share(connection, current.name, arguments.share)
        return f"share changed from {current.share:f} to {changed.share:f}; who has an arm keeps it"
    begun = start(
        connection, *own, share=arguments.share, salt=arguments.salt, kind=arguments.kind,
        difference=arguments.difference,
    )  # fmt: skip
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
