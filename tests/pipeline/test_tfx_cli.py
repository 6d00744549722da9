"""Errors made from the TFX CLI's status and log."""

from __future__ import annotations

import signal
from collections import namedtuple
from pathlib import Path

import pytest

from pipeline.local import tfx_cli
from pipeline.settings import Settings
from schema.errors import NotBlessedError, SetupError, TwoTowerError


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(folder=tmp_path)
    made.log.write_text("ValueError: of the log\nError while running\n")
    return made


def _said(status: int, settings: Settings, reason: TwoTowerError | None = None) -> str:
    with pytest.raises(TwoTowerError) as caught:
        tfx_cli._check(status, settings, reason)
    return str(caught.value)


def test_a_good_end_is_no_error(settings: Settings) -> None:
    tfx_cli._check(0, settings, None)


def test_the_run_s_own_word_comes_first(settings: Settings) -> None:
    word = NotBlessedError("a", "b", "c")
    with pytest.raises(NotBlessedError, match="expected a, got b: c"):
        tfx_cli._check(1, settings, word)


def test_else_the_log_s_last_error_is_told(settings: Settings) -> None:
    assert _said(1, settings) == (
        f'expected the run to end well, got "ValueError: of the log": see {settings.log}'
    )


def test_a_killed_cli_is_named_whatever_the_log_says(settings: Settings) -> None:
    assert _said(-signal.SIGKILL, settings).startswith(
        "expected the TFX CLI to end well, got its end by SIGKILL: memory may have run out"
    )


def test_a_mute_cli_is_told_with_its_status(settings: Settings) -> None:
    settings.log.write_text("")
    assert _said(3, settings) == (
        f"expected the TFX CLI to end well, got status 3 without a word: see {settings.log}"
    )


def test_a_log_that_could_not_be_written_is_explained(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", ("total", "used", "free"))  # noqa: PYI024
    monkeypatch.setattr(tfx_cli.shutil, "disk_usage", lambda _: usage(1, 1, 0))
    with pytest.raises(SetupError, match=r"^expected disk space in .*, got none: free some"):
        tfx_cli._check(1, settings, None)


def test_the_log_begins_anew_where_the_pipeline_is_registered(settings: Settings) -> None:
    registered = settings.folder / "tfx" / "two_tower" / "pipeline_args.json"
    registered.parent.mkdir(parents=True)
    registered.write_text(f'{{"dsl": "{tfx_cli.SCRIPT}", "root": "{settings.folder}/x"}}')
    with tfx_cli.registration(settings) as wait:
        wait()
    assert settings.log.read_text() == ""
