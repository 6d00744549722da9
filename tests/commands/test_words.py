"""The command's words: listed without their imports, each with its module and its make target."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from commands.__main__ import two_tower
from commands.one_line_errors import in_words
from commands.words import Words

ROOT = Path(__file__).parents[2]
ISSUED = {
    "init", "doctor", "plan", "run", "serve", "edge", "status", "review", "recommend", "features",
    "versions", "promote", "rollback", "prune", "embed-new", "ab", "bench",
}  # fmt: skip
"""The words that were asked for."""
HEAVY = {"psycopg2", "pandas", "numpy", "tensorflow", "tfx", "pydantic", "rich", "schema"}
HELP = """
import sys
from commands.__main__ import main
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""


def _two_tower(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "commands", *words],
        cwd=ROOT, env={**os.environ, **more}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("words", [["--help"], ["ab", "--help"]])
def test_help_imports_nothing_of_the_words(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HELP, *words], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert {"click", "commands"} <= loaded
    assert not loaded & (HEAVY - {"schema"} if words[0] == "ab" else HEAVY)


def test_help_takes_less_than_three_tenths_of_a_second_of_a_processor() -> None:
    """Not of the clock, which other tests would slow down."""

    def seconds() -> float:
        before = os.times()
        assert "Exit status:" in _two_tower("--help").stdout
        after = os.times()
        return (
            after.children_user
            + after.children_system
            - (before.children_user + before.children_system)
        )

    assert min(seconds() for _ in range(3)) < 0.3


def test_each_word_that_was_asked_for_is_a_command_of_that_name_with_help() -> None:
    assert set(two_tower.list_commands(click.Context(two_tower))) == ISSUED
    for group in (two_tower, _command(two_tower, "ab")):
        assert isinstance(group, Words)
        for word, line in group.words.items():
            command = _command(group, word)
            assert command.name == word
            assert command.help
            assert len(line) <= 62, "help would wrap it"


def test_the_help_says_the_exit_statuses() -> None:
    said = _two_tower("--help").stdout
    for status, meaning in enumerate(("it succeeded", "it failed", "it does not know", "a gate")):
        assert f"{status}  {meaning}" in said


def test_what_it_does_not_know_has_status_2(tmp_path: Path) -> None:
    for words in (["nonsense"], ["versions", "--nonsense"], ["promote"], ["ab", "nonsense"]):
        done = _two_tower(*words, FOLDER=str(tmp_path))
        assert done.returncode == 2
        assert "Usage: two-tower" in done.stderr


def test_a_shell_completes_words_and_options() -> None:
    def completed(line: str) -> list[str]:
        asked = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1)}
        return _two_tower(**asked, _TWO_TOWER_COMPLETE="bash_complete").stdout.split()

    assert completed("two-tower pr") == ["plain,promote", "plain,prune"]
    assert completed("two-tower ab st") == ["plain,start", "plain,stop"]
    assert completed("two-tower versions --js") == ["plain,--json"]
    assert "complete" in _two_tower(_TWO_TOWER_COMPLETE="bash_source").stdout


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("run", ["run"]),
        ("run VERBOSE=1", ["run"]),
        ("recommend USER=7", ["recommend", "7"]),
        ("serve", ["serve", "--port", "8080"]),
        ("edge PORT=5", ["edge", "--port", "5"]),
        ("features USER=7", ["features", "--user", "7", "--video", "", "--at", ""]),
        ("features VIDEO=8", ["features", "--user", "", "--video", "8", "--at", ""]),
        ("promote VERSION=9", ["promote", "9"]),
        ("embed-new WATCH=30", ["embed-new", "--watch", "30"]),
        ("ab-stop NAME=n", ["ab", "stop", "n"]),
        ("ab-report", ["ab", "report", ""]),
        ("bench-release ROWS=5", ["bench", "release", "--rows", "5"]),
        ("bench-read", ["bench", "read", "--rows", "10000000"]),
        ("bench-scale-search VIDEOS=5", ["bench", "scale-search", "--videos", "5"]),
        ("bench-scale DECISIONS=5", ["bench", "scale", "--decisions", "5"]),
        ("status", ["status"]),
        ("doctor", ["doctor"]),
        ("init", ["init"]),
        ("plan", ["plan"]),
        ("versions", ["versions"]),
        (
            "ab-start NAME=n CANDIDATE=2 PLAN=1",
            [
                "ab", "start", "n", "2", "--control", "", "--share", "0.5", "--salt", "", "--kind",
                "split", "--difference", "0.05", "--plan",
            ],
        ),
    ],
)  # fmt: skip
def test_a_make_target_calls_its_word_with_the_options_that_it_knows(
    target: str, words: list[str]
) -> None:
    recipe = subprocess.run(
        ["make", "--dry-run", "--old-file=setup", *target.split()],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    (line,) = [line for line in recipe.stdout.replace("\\\n", " ").splitlines() if "exec" in line]
    given = shlex.split(line.partition("-m commands ")[2])
    assert given[:2] == ["--parent", "$PPID"]
    assert given[2:] == ["--verbose"] * ("VERBOSE" in target) + words
    _parse(two_tower, words)


def _parse(command: click.Command, words: list[str]) -> None:
    """Raises UsageError for an option or argument that the word does not know."""
    if isinstance(command, Words):
        _parse(_command(command, words[0]), words[1:])
    else:
        command.make_context(command.name, list(words))


def _command(group: click.Group, word: str) -> click.Command:
    found = group.get_command(click.Context(group), word)
    assert found
    return found


@pytest.mark.parametrize(
    ("advice", "in_a_wheel"),
    [
        ("see `make versions`", "see `two-tower versions`"),
        ("`make promote VERSION=17`, then", "`two-tower promote 17`, then"),
        ("`make ab-stop NAME=towers`", "`two-tower ab stop towers`"),
        ("`make serve PORT=<port>`", "`two-tower serve --port <port>`"),
        ("run `make run`; `make status` says", "run `two-tower run`; `two-tower status` says"),
        ("run `make setup` first", "run `make setup` first"),
        ("make room on the disk", "make room on the disk"),
    ],
)
def test_advice_outside_a_checkout_names_words_that_are_there(advice: str, in_a_wheel: str) -> None:
    assert in_words(advice) == in_a_wheel
