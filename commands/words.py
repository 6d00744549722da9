"""A command whose words are listed without importing them: help and completion come at once."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click
from click.shell_completion import CompletionItem

__all__ = ["Words"]


class Words(click.Group):
    """A group that imports the module of a word, for its `command`, when the word is called.

    Args:
        words: the line of help of each word, in the order of the list.
        modules: what comes before a word, with `_` for `-`, in the name of its module.
    """

    def __init__(self, *args: Any, words: Mapping[str, str], modules: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.words, self._modules = words, modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All words."""
        del ctx
        return list(self.words)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a word; None if there is no such word."""
        del ctx
        if cmd_name not in self.words:
            return None
        module = import_module(f"{self._modules}{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list; click itself would import every word."""
        del ctx
        with formatter.section("Words"):
            formatter.write_dl(list(self.words.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Words, and options, that begin so; click itself would import every word."""
        found = [
            CompletionItem(word, help=line)
            for word, line in self.words.items()
            if word.startswith(incomplete)
        ]
        return found + click.Command.shell_complete(self, ctx, incomplete)
