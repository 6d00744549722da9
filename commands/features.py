"""`make features USER=<id> [AT=<time>]` and `make features VIDEO=<id>`."""

from __future__ import annotations

import argparse

from rich.console import Console

from commands.features_table import features_table, parse_question
from pipeline.local.source import source_database
from pipeline.settings import Settings
from schema.database import session

__all__ = ["add_arguments", "command"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the user and the moment, and the video."""
    parser.add_argument("--user", default="", help="a user_id")
    parser.add_argument("--video", default="", help="a video_id")
    parser.add_argument("--at", default="", help="ISO 8601 with a zone; now, if not given")


def command(settings: Settings, arguments: argparse.Namespace) -> None:
    """Print the raw features of one user at a moment, or of one video."""
    asked = parse_question(arguments.user, arguments.video, arguments.at)
    with (
        source_database(settings) as (url, _),
        session(url, readonly=True) as connection,
    ):
        Console().print(features_table(connection, asked))
