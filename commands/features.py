"""`two-tower features --user ID [--at MOMENT]` and `two-tower features --video ID`."""

from __future__ import annotations

import click
from rich.console import Console

from commands.features_table import features_data, features_table, parse_question
from commands.given import as_json, print_json, with_settings
from pipeline.local.source import source_database
from pipeline.settings import Settings
from schema.database import session

__all__ = ["command"]


@click.command("features")
@click.option("--user", default="", help="A user_id.")
@click.option("--video", default="", help="A video_id.")
@click.option("--at", default="", help="ISO 8601 with a zone; now, if not given.")
@as_json
@with_settings
def command(settings: Settings, user: str, video: str, at: str, *, as_json: bool) -> None:
    """Print the raw features of one user at a moment, or of one video."""
    asked = parse_question(user, video, at)
    with (
        source_database(settings) as (url, _),
        session(url, readonly=True) as connection,
    ):
        if as_json:
            print_json(features_data(connection, asked))
        else:
            Console().print(features_table(connection, asked))
