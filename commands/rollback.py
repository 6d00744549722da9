"""`make rollback`."""

from __future__ import annotations

import argparse

from commands.going_live import go_live
from pipeline.settings import Settings
from releases.switch import previous_version

__all__ = ["add_arguments", "command"]


def add_arguments(_: argparse.ArgumentParser) -> None:
    """Add none: the version before the live one is taken."""


def command(settings: Settings, _: argparse.Namespace) -> None:
    """Make the version live again that was released before the live one."""
    go_live(settings, previous_version)
