"""two-tower.toml: every setting, described, with its default; the environment beats it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from pipeline.settings import Settings, from_environment
from pipeline.settings_file import commented
from schema.errors import SetupError


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    return tmp_path / "two-tower.toml"


def test_the_file_has_every_setting_as_a_comment_and_its_lines_are_the_defaults(
    file: Path,
) -> None:
    text = commented(Settings)
    assert tomllib.loads(text) == {}
    assert max(map(len, text.splitlines())) <= 100 + len(str(Settings().folder))
    file.write_text(re.sub(r"^# (?=[a-z_]+ = )", "", text, flags=re.MULTILINE))
    assert tomllib.loads(file.read_text()).keys() == Settings.model_fields.keys()
    assert from_environment() == Settings()


def test_a_setting_has_its_description_and_its_type() -> None:
    text = commented(Settings)
    assert "# Epochs of a fit; 0 for the closed form alone. (whole number)\n# epochs = 10\n" in text
    assert "(true or false)\n# refit = true\n" in text
    assert "# auc_pr_floor = 1.08\n" in text


def test_the_environment_beats_the_file_and_the_file_the_default(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text('epochs = 3\nseed = 4\nrelease = false\nfolder = "runs"\n')
    monkeypatch.setenv("SEED", "5")
    found = from_environment()
    assert (found.epochs, found.seed, found.release, found.keep) == (3, 5, False, 3)
    assert found.folder == file.parent / "runs"


def test_variables_that_are_given_and_settings_that_are_made_need_no_file(file: Path) -> None:
    file.write_text("epochs = 3\n")
    assert from_environment({}).epochs == Settings().epochs == 10


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("epoch = 3", r"expected settings in two-tower.toml, got epoch: take names from a file"),
        ("epochs = ", r"expected two-tower.toml in TOML, got "),
        ('epochs = "many"', r"expected EPOCHS of type int, got 'many': change or unset it"),
        ("keep = 1", r"expected KEEP of 2 or more, got 1"),
    ],
)
def test_what_cannot_be_used_is_one_line(file: Path, text: str, line: str) -> None:
    file.write_text(text)
    with pytest.raises(SetupError, match=line):
        from_environment()
