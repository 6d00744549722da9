"""`make promote VERSION=`."""

from __future__ import annotations

import argparse

from commands.going_live import go_live
from pipeline.settings import Settings
from schema.errors import SetupError

__all__ = ["add_arguments", "command"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the version."""
    parser.add_argument("version", help="a version on standby, or checked")


def command(settings: Settings, arguments: argparse.Namespace) -> None:
    """Make a kept version live."""
    version: str = arguments.version
    if not version.isdecimal():
        raise SetupError("VERSION=<number>", repr(version), "see `make versions`")
    go_live(settings, lambda _: version)
