"""Writes the table of words in docs/commands.md, from the command itself: `make schema`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from commands.__main__ import two_tower
from commands.words import Words

__all__ = ["PAGE", "page", "write_page"]

PAGE = Path(__file__).resolve().parents[1] / "docs" / "commands.md"
_BEGIN, _END = "<!-- words: begin -->\n", "<!-- words: end -->\n"


def page() -> str:
    """The page as it should be: with the table of now."""
    text = PAGE.read_text(encoding="utf-8")
    head, _, rest = text.partition(_BEGIN)
    _, _, tail = rest.partition(_END)
    table = "\n".join(("| word | what it does |", "|---|---|", *_rows(two_tower, "two-tower")))
    return f"{head}{_BEGIN}\n{table}\n\n{_END}{tail}"


def write_page() -> None:
    """Rewrites the page."""
    PAGE.write_text(page(), encoding="utf-8")


def _rows(group: Words, path: str) -> Iterator[str]:
    for word in group.words:
        command = group.get_command(click.Context(group), word)
        if isinstance(command, Words):
            yield from _rows(command, f"{path} {word}")
        elif command:
            yield f"| `{path} {word}{_arguments(command)}` | {_first_line(command)} |"


def _arguments(command: click.Command) -> str:
    """Arguments, then options, as a person types them; help is left out."""
    words = [""]
    for one in command.params:
        if isinstance(one, click.Argument):
            name = (one.name or "").upper() + ("…" if one.nargs != 1 else "")
            words.append(name if one.required else f"[{name}]")
    for one in command.params:
        if isinstance(one, click.Option):
            value = "" if one.is_flag else f" {(one.name or '').upper()}"
            words.append(f"[{one.opts[0]}{value}]")
    return " ".join(words)


def _first_line(command: click.Command) -> str:
    return " ".join((command.help or "").split("\n\n")[0].split())


if __name__ == "__main__":
    write_page()
