"""`two-tower ab`: experiments, by the words of the files ab_*.py."""

from __future__ import annotations

import click

from commands.words import Words

__all__ = ["command"]

_WORDS = {
    "start": "Say what difference can be found, then start an experiment.",
    "stop": "Stop an experiment: everyone gets the live version again.",
    "report": "Print the figures of both arms and what they say.",
}


@click.group("ab", cls=Words, words=_WORDS, modules="commands.ab_")
def command() -> None:
    """Compare two versions on real users."""
