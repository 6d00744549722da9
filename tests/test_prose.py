"""The pages: links and paths lead somewhere, words are spelled, and the dialect stays out."""

from __future__ import annotations

import io
import posixpath
import re
import subprocess
import tokenize
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import codespell_lib
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[1]
CHECKED_FOR_WORDS = ("*.md", "*.py", "*.sql")
"""Globs of tracked files. Only prose is checked: text of Markdown; comments of Python and SQL; and
Python's strings of several words, which are docstrings, messages and queries."""
CHECKED_FOR_SPELLING = ("*.md", "*.py", "*.sql")
EXEMPT = {"docs/quality.md", "tests/test_prose.py"}
"""A program writes the page, so its source comes first; this file has the words themselves."""
DIALECT = {
    r"mend(s|ed|ing)?": "fix",
    r"anew": "again",
    r"a coin('s)?": "a random ranking",
    r"told": "given, reported, known",
    r"surely": "significantly",
    r"law of the draw": "sampling distribution",
    r"sound rows?": "valid row",
    r"the owner's": "the specified, the application's",
    r"a gate (says|said) (no|yes)": "a gate refused, passed",
    r"the model in service": "the live model",
    r"item vectors?": "item embedding",
}
"""A pattern for whole words, in any case, and what to write in its place."""
SPELLED_RIGHT = ("als",)
"""Words that codespell takes for mistakes: alternating least squares."""
SOURCES = (".py", ".sql", ".md", ".pbtxt", ".toml", ".lock", ".html", ".tsv", ".yaml", "/")
WRITTEN = ("two-tower.toml", "two-tower-views.sql", "var/")
"""What a command writes, in the folder where it is started."""

_PARSER = MarkdownIt("commonmark").enable("table")
_PATH = re.compile(r"[\w.*-]+(/[\w.*-]+)*/?")


@cache
def _tracked() -> frozenset[str]:
    """Paths of the tracked files that exist, and of their folders with a slash at the end."""
    listed = subprocess.run(
        ("git", "ls-files", "-z"), cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = {name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()}
    folders = {f"{parent}/" for name in files for parent in Path(name).parents}
    return frozenset(files | (folders - {"./"}))


def _matching(*globs: str) -> list[str]:
    files = (name for name in _tracked() if not name.endswith("/"))
    return sorted(name for name in files if any(fnmatch(name, glob) for glob in globs))


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _tokens(text: str) -> Iterator[Token]:
    for token in _PARSER.parse(text):
        yield token
        yield from token.children or ()


def _anchors(text: str) -> set[str]:
    """GitHub's anchor of each heading."""
    tokens = _PARSER.parse(text)
    titles = [
        "".join(child.content for child in inline.children or ())
        for heading, inline in pairwise(tokens)
        if heading.type == "heading_open"
    ]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def dead_links(name: str, text: str) -> list[str]:
    """Relative links and anchors of the page `name` that lead nowhere."""
    targets = [
        str(token.attrs.get("href") or token.attrs.get("src"))
        for token in _tokens(text)
        if token.type in {"link_open", "image"}
    ]
    return [target for target in targets if not _leads(name, text, target)]


def _leads(name: str, text: str, target: str) -> bool:
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        return True
    path, _, anchor = unquote(target).partition("#")
    found = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
    if found not in _tracked() | {name} and f"{found}/" not in _tracked():
        return False
    if not anchor:
        return True
    return found.endswith(".md") and anchor in _anchors(text if found == name else _text(found))


def dead_paths(text: str) -> list[str]:
    """Paths in backticks that no tracked file or folder has.

    A path that begins with a folder of the root is taken from there, any other source file or
    folder may lie deeper.
    """
    quoted = {token.content for token in _tokens(text) if token.type == "code_inline"}
    return sorted(word for word in quoted if _is_path(word) and not _exists(word))


def _path(word: str) -> str:
    """Without the name of a test that follows it."""
    return word.partition("::")[0]


def _is_path(word: str) -> bool:
    path = _path(word)
    below_root = "/" in path and f"{path.partition('/')[0]}/" in _tracked()
    return bool(_PATH.fullmatch(path)) and (below_root or path.endswith(SOURCES))


def _exists(word: str) -> bool:
    path = _path(word)
    first, slash, _ = path.partition("/")
    wanted = {path, f"{path}/"}
    if not slash or f"{first}/" not in _tracked():
        wanted |= {f"*/{path}"}
    known = (*_tracked(), *WRITTEN)
    return any(fnmatch(name, glob) for name in known for glob in wanted)


def dialect(name: str, text: str) -> list[str]:
    """Words that must not come back, each with what to write in its place."""
    prose = _PROSE[Path(name).suffix](text)
    return [
        f"{found[0]!r}: write {better}"
        for pattern, better in DIALECT.items()
        for found in re.finditer(rf"\b{pattern}\b".replace(" ", r"\s+"), prose, re.IGNORECASE)
    ]


def _prose_of_markdown(text: str) -> str:
    return "".join(token.content if token.type == "text" else " " for token in _tokens(text))


def _prose_of_python(text: str) -> str:
    """Comments, and strings of several words; adjacent comment lines form one text."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return "\n".join(
        token.string.removeprefix("#")
        for token in tokens
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and " " in token.string)
    )


def _prose_of_sql(text: str) -> str:
    return "\n".join(re.findall(r"--(.*)", text))


_PROSE = {".md": _prose_of_markdown, ".py": _prose_of_python, ".sql": _prose_of_sql}


def is_spelled(*paths: Path) -> bool:
    """Whether codespell would correct nothing; it prints what it would."""
    ignored = f"--ignore-words-list={','.join(SPELLED_RIGHT)}"
    return codespell_lib.main(ignored, *(str(path) for path in paths)) == 0


@pytest.mark.parametrize("name", _matching("*.md"))
def test_links_and_anchors_lead_somewhere(name: str) -> None:
    assert not dead_links(name, _text(name))


@pytest.mark.parametrize("name", sorted({*_matching("*.md")} - {"CHANGELOG.md"}))
def test_paths_in_backticks_exist(name: str) -> None:
    assert not dead_paths(_text(name))


@pytest.mark.parametrize("name", sorted({*_matching(*CHECKED_FOR_WORDS)} - EXEMPT))
def test_the_dialect_does_not_come_back(name: str) -> None:
    assert not dialect(name, _text(name))


def test_words_are_spelled(capsys: pytest.CaptureFixture[str]) -> None:
    pages = [ROOT / name for name in _matching(*CHECKED_FOR_SPELLING)]
    assert is_spelled(*pages), capsys.readouterr().out


def test_there_are_pages_and_they_have_links() -> None:
    pages = _matching("*.md")
    assert {"README.md", "CONTRIBUTING.md", "docs/glossary.md"} <= set(pages)
    assert sum(_text(name).count("](") for name in pages) > 100


def test_a_dead_link_and_a_dead_anchor_are_found() -> None:
    page = (
        "# One: `two`\n\n[a](#one-two) [b](model.md) [c](../README.md#limits) [d](https://x.example)"
        "\n\n[e](#one) [f](nothing.md) [g](../README.md#nothing) [h](../../schema)"
    )
    assert dead_links("docs/page.md", page) == [
        "#one", "nothing.md", "../README.md#nothing", "../../schema",
    ]  # fmt: skip


def test_a_dead_path_is_found_and_code_blocks_are_left_alone() -> None:
    good = "`schema/features.py` `schema/*.pbtxt` `toy_world.py` `components/trainer` `var/x.json`"
    assert not dead_paths(f"{good}\n\n    `schema/nothing.py`\n\n`test_matrix.py::tls` `GET /v1`")
    bad = "`schema/nothing.py` `nothing.py` `components/nothing` `features.py/` `nothing/*.sql`"
    assert len(dead_paths(bad)) == 5


@pytest.mark.parametrize("word", ["mended", "Anew", "a\ncoin's", "told", "surely better"])
def test_a_word_of_the_dialect_is_found(word: str) -> None:
    assert dialect("page.md", f"It says {word}.")
    assert dialect("module.py", f'"""It says {word}."""')


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("module.py", "x = 1  # an\n# item\n# vector"),
        ("module.py", 'raise ValueError("mend the row")'),
        ("query.sql", "SELECT 1  -- a sound\n-- row"),
    ],
)
def test_a_word_of_the_dialect_is_found_in_comments_and_messages(name: str, text: str) -> None:
    assert dialect(name, text)


def test_amendments_and_code_are_no_dialect() -> None:
    assert not dialect("page.md", "Amended, recommended, a coincidence; `told`.\n\n    anew\n")
    assert not dialect("module.py", 'told = ["told"]  # reported\n')
    assert not dialect("query.sql", "SELECT told FROM anew")


def test_a_misspelled_word_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("We receive it.", encoding="utf-8")
    assert is_spelled(page)
    page.write_text("We recieve it.", encoding="utf-8")  # codespell:ignore recieve
    assert not is_spelled(page)
