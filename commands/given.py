"""What the words share: the settings that they are given, and the form of their output."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

import click
import orjson

from pipeline.settings import Settings, from_environment

__all__ = ["as_json", "print_json", "with_settings"]

P = ParamSpec("P")

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON: docs/commands.md.")
"""Decorator of words that print data."""


def with_settings(word: Callable[Concatenate[Settings, P], None]) -> Callable[P, None]:
    """The word, called with the settings of the environment and of two-tower.toml."""

    @wraps(word)
    def call(*args: P.args, **kwargs: P.kwargs) -> None:
        word(from_environment(), *args, **kwargs)

    return call


def print_json(value: object) -> None:
    """Print dataclasses, lists and dicts; moments are RFC 3339, NaN is null.

    NumPy's numbers and decimals are numbers.
    """
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2, default=float))
