"""Which versions a server of the newest two serves: always those that are wanted."""

from __future__ import annotations

from pathlib import Path

import pytest

from releases.served import kept_models, remove_models, serve_only
from schema.errors import ReleaseError


@pytest.fixture
def base(tmp_path: Path) -> Path:
    for name in ("8", "9", "10", "11", ".staging-12-x", "notes"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "saved_model.pb").write_text(name)
    return tmp_path


def _newest_two(base: Path) -> set[str]:
    """As TensorFlow Serving chooses them."""
    numbers = sorted(int(path.name) for path in base.iterdir() if path.name.isdecimal())
    return {str(number) for number in numbers[-2:]}


@pytest.mark.parametrize("wanted", [{"10", "11"}, {"9", "11"}, {"8", "9"}, {"8", "11"}])
def test_the_newest_two_are_the_wanted(base: Path, wanted: set[str]) -> None:
    serve_only(base, wanted)
    assert _newest_two(base) == wanted
    assert kept_models(base) == {"8", "9", "10", "11"}


def test_what_was_withdrawn_comes_back(base: Path) -> None:
    serve_only(base, {"8", "9"})
    serve_only(base, {"9", "11"})
    assert _newest_two(base) == {"9", "11"}
    assert (base / "11" / "saved_model.pb").read_text() == "11"


def test_one_alone_is_the_newest(base: Path) -> None:
    serve_only(base, {"10"})
    assert max(_newest_two(base), key=int) == "10"


def test_a_model_that_is_not_there_changes_nothing(base: Path) -> None:
    before = sorted(path.name for path in base.iterdir())
    with pytest.raises(ReleaseError, match="a model of version 7 in"):
        serve_only(base, {"7", "9"})
    assert sorted(path.name for path in base.iterdir()) == before


def test_models_of_versions_that_are_gone_are_removed(base: Path) -> None:
    """Withdrawn ones too, and what a killed removal left; no other file is touched."""
    serve_only(base, {"8", "9"})
    (base / ".removed-7").mkdir()
    remove_models(base, {"8", "11", "5"})
    assert kept_models(base) == {"9", "10"}
    assert {path.name for path in base.iterdir()} == {
        "9", ".withdrawn-10", ".staging-12-x", "notes",
    }  # fmt: skip
