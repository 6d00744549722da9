"""Every command that a page names is one: make expands it, and `two-tower` takes its words."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from markdown_it import MarkdownIt

from commands.__main__ import two_tower

ROOT = Path(__file__).parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "README.ja.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
_PLACEHOLDER = re.compile(r"<[^<>]+>")
_FORM = re.compile(r"…|\[|\bWORD\b")
"""In a line that shows the form of commands, and is none itself."""
_VARIABLE = re.compile(r"[A-Z_]+=\S*")
_PARSER = MarkdownIt("commonmark").enable("table")


def _documented() -> Iterator[tuple[str, str]]:
    """(page, command line) of all code that begins with make or two-tower."""
    for page in PAGES:
        for token in _PARSER.parse(page.read_text(encoding="utf-8")):
            for one in (token, *(token.children or ())):
                if one.type in {"code_inline", "code_block", "fence"}:
                    yield from ((page.name, line) for line in _commands(one.content))


def _commands(code: str) -> Iterator[str]:
    for line in code.splitlines():
        if _FORM.search(line):
            continue
        try:
            words = shlex.split(_PLACEHOLDER.sub("7", line), comments=True)
        except ValueError:  # an apostrophe of prose
            continue
        while words and _VARIABLE.fullmatch(words[0]):
            words = words[1:]
        if len(words) > 1 and words[0].rpartition("/")[2] in {"make", "two-tower"}:
            yield shlex.join(words)


FOUND = sorted(set(_documented()))
MADE = [one for one in FOUND if one[1].startswith("make ")]
TYPED = [one for one in FOUND if "two-tower" in one[1].split(" ")[0]]


def test_the_pages_name_most_words_and_targets() -> None:
    """Else the search itself is broken."""
    targets = {word for _, line in MADE for word in line.split(" ")[1:2]}
    assert {"run", "serve", "review", "test", "recommend", "bench"} <= targets
    assert len({line.split(" ")[1] for _, line in TYPED}) >= 10


@pytest.mark.parametrize(("page", "line"), MADE)
def test_make_knows_the_target(page: str, line: str) -> None:
    done = subprocess.run(
        [*shlex.split(line), "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{page}: {done.stderr}"
    shell = done.stdout.replace("\\\n", " ")
    for expanded in re.findall(r"-m commands .*?(?= 2>|$)", shell, re.MULTILINE):
        words = shlex.split(expanded)[2:]
        _parse(words[words.index("--parent") + 2 :] if "--parent" in words else words)


@pytest.mark.parametrize(("page", "line"), TYPED)
def test_the_command_takes_the_words(page: str, line: str) -> None:
    words = shlex.split(line)[1:]
    try:
        _parse(words)
    except click.MissingParameter:
        assert len(words) <= 2, page  # the word alone, as it is named in prose
    except click.UsageError as error:
        pytest.fail(f"{page}: {line}: {error.format_message()}")


def _parse(words: list[str]) -> None:
    """Take options and arguments of a word, without calling it."""
    command: click.Command | None = two_tower
    context = click.Context(two_tower)
    if words[0].startswith("-"):
        return
    while isinstance(command, click.Group) and words:
        found = command.get_command(context, words[0])
        if not found:
            raise click.UsageError(f"no word {words[0]}")
        command, words = found, words[1:]
    assert command
    if not isinstance(command, click.Group):
        command.make_context(str(command.name), words)
