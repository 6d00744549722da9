"""A version appears whole or not at all, once, and never below a newer one."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from releases.experiments.registry import start
from schema.database import connect
from schema.errors import SetupError
from tests.releases.staging import release, stage

pytestmark = pytest.mark.tfx


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A SavedModel of version 12, as far as a copier can tell."""
    folder = tmp_path / "model" / "Format-Serving"
    (folder / "assets.extra").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    (folder / "assets.extra" / "version").write_text("12\n")
    return folder


def _push(source: Path, base: Path, version: str) -> Path:
    from components.pusher import push

    return push(source, base, version)


def _names(base: Path) -> set[str]:
    return {path.name for path in base.iterdir()}


def test_every_file_lies_under_the_version_and_nothing_else_beside_it(
    source: Path, tmp_path: Path
) -> None:
    target = _push(source, tmp_path / "base", "12")
    assert target == tmp_path / "base" / "12"
    assert (target / "saved_model.pb").read_bytes() == b"graph"
    assert (target / "assets.extra" / "version").read_text() == "12\n"
    assert _names(tmp_path / "base") == {"12"}


def test_no_version_is_seen_before_its_last_file_is_copied(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TensorFlow Serving takes any folder with a number for a name."""
    seen: list[str] = []
    copy = shutil.copy2

    def watched(*arguments: Any, **rest: Any) -> Any:
        done = copy(*arguments, **rest)
        seen.extend(_names(tmp_path / "base"))
        return done

    monkeypatch.setattr(shutil, "copy2", watched)
    monkeypatch.setattr(shutil.copytree, "__defaults__", (False, None, watched, False, False))
    _push(source, tmp_path / "base", "12")
    assert len(seen) == 2
    assert not [name for name in seen if name.isdigit()]


def test_a_copy_that_fails_leaves_nothing(source: Path, tmp_path: Path) -> None:
    (source / "variables").symlink_to(tmp_path / "absent")
    with pytest.raises(shutil.Error):
        _push(source, tmp_path / "base", "12")
    assert _names(tmp_path / "base") == set()


def test_what_a_killed_push_left_is_removed_and_a_living_one_s_is_not(
    source: Path, tmp_path: Path
) -> None:
    """The living one is another process's; the kernel drops a dead one's lock."""
    dead, living = (tmp_path / "base" / f".staging-11-{name}" for name in ("dead", "living"))
    (dead / "variables").mkdir(parents=True)
    living.mkdir()
    holder = subprocess.Popen(["flock", living, "sh", "-c", "echo held; cat"], stdin=-1, stdout=-1)
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        _push(source, tmp_path / "base", "12")
        assert _names(tmp_path / "base") == {"12", living.name}
        assert holder.stdin is not None
        holder.stdin.close()


def test_a_run_that_has_lost_its_lock_pushes_nothing(source: Path, tmp_path: Path) -> None:
    from components.node.run_lock import release_run_lock, take_run_lock

    take_run_lock(tmp_path / "nodes.lock", 0)
    try:
        (tmp_path / "nodes.lock").unlink()
        with pytest.raises(SetupError, match=r"expected this run's lock .*nodes\.lock, got none"):
            _push(source, tmp_path / "base", "12")
    finally:
        release_run_lock()
    assert _names(tmp_path / "base") == set()


def test_a_rerun_changes_nothing(source: Path, tmp_path: Path) -> None:
    """Even where a newer version has come since."""
    first = _push(source, tmp_path / "base", "12")
    (source / "saved_model.pb").write_bytes(b"other")
    _push(source, tmp_path / "base", "13")
    assert _push(source, tmp_path / "base", "12") == first
    assert (first / "saved_model.pb").read_bytes() == b"graph"
    assert _names(tmp_path / "base") == {"12", "13"}


@pytest.mark.parametrize(("there", "version"), [("13", "12"), ("100", "99")])
def test_an_older_version_is_refused(
    source: Path, tmp_path: Path, there: str, version: str
) -> None:
    (tmp_path / "base" / there).mkdir(parents=True)
    with pytest.raises(SetupError, match=f"expected a version above {there}, .*got {version}:"):
        _push(source, tmp_path / "base", version)
    assert _names(tmp_path / "base") == {there}


def test_versions_are_numbers_and_other_names_are_no_versions(source: Path, tmp_path: Path) -> None:
    for name in ("9", "notes", ".staging-99-x"):
        (tmp_path / "base" / name).mkdir(parents=True)
    assert _push(source, tmp_path / "base", "10").name == "10"


def _push_by_node(source: Path, base: Path, database: str, blessed: int) -> Any:
    """The node's PushedModel."""
    from tfx.types import standard_artifacts

    from components.node.connection import DATABASE, name_url
    from components.pusher import _Executor

    name_url("PUSHER_DATABASE", database)
    model, blessing = standard_artifacts.Model(), standard_artifacts.ModelBlessing()
    pushed = standard_artifacts.PushedModel()
    model.uri = str(source.parent)
    blessing.set_int_custom_property("blessed", blessed)
    _Executor().Do(
        {"model": [model], "model_blessing": [blessing]},
        {"pushed_model": [pushed]},
        {"base": str(base), DATABASE: "PUSHER_DATABASE"},
    )
    return pushed


@pytest.mark.postgres
@pytest.mark.parametrize("blessed", [1, 0])
def test_only_a_blessed_model_is_pushed_and_the_artifact_says_so(
    source: Path, tmp_path: Path, database: str, blessed: int
) -> None:
    with closing(connect(database)) as connection:
        release(connection, "7", [], [])
    pushed = _push_by_node(source, tmp_path / "base", database, blessed)
    assert pushed.get_int_custom_property("pushed") == blessed
    assert (tmp_path / "base" / "12").exists() == bool(blessed)
    assert pushed.get_string_custom_property("pushed_version") == ("12" if blessed else "")


@pytest.mark.postgres
def test_a_version_that_never_went_live_does_not_displace_the_live_one(
    source: Path, tmp_path: Path, database: str
) -> None:
    """The server serves the newest two: afterwards the live one and the pushed."""
    with closing(connect(database)) as connection:
        release(connection, "7", [], [])
        stage(connection, "9", [], [])
    for name in ("7", "9"):
        (tmp_path / "base" / name).mkdir(parents=True)
    _push_by_node(source, tmp_path / "base", database, 1)
    assert _names(tmp_path / "base") == {"7", ".withdrawn-9", "12"}


@pytest.mark.postgres
def test_a_version_that_was_rolled_back_is_not_served_again(
    source: Path, tmp_path: Path, database: str
) -> None:
    with closing(connect(database)) as connection:
        release(connection, "12", [], [])
        release(connection, "7", [], [])
    for name in ("7", ".withdrawn-12"):
        (tmp_path / "base" / name).mkdir(parents=True)
    _push_by_node(source, tmp_path / "base", database, 1)
    assert _names(tmp_path / "base") == {"7", ".withdrawn-12"}


@pytest.mark.parametrize("file", ["saved_model.pb", "assets.extra/version"])
def test_a_copy_that_differs_is_not_shown(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    """As where the disk drops a byte; a vocabulary cut in half would serve wrong vectors."""
    copy = shutil.copy2

    def cut(origin: str, target: str, **rest: Any) -> Any:
        done = copy(origin, target, **rest)
        if target.endswith(file):
            Path(target).write_bytes(Path(target).read_bytes()[:-1])
        return done

    monkeypatch.setattr(shutil.copytree, "__defaults__", (False, None, cut, False, False))
    with pytest.raises(SetupError, match=f"expected a copy equal to .*, got another {file}"):
        _push(source, tmp_path / "base", "12")
    assert _names(tmp_path / "base") == set()


@pytest.mark.postgres
def test_nothing_is_pushed_while_an_experiment_needs_both_served_versions(
    source: Path, tmp_path: Path, database: str
) -> None:
    with closing(connect(database)) as connection:
        release(connection, "7", [], [])
        stage(connection, "9", [], [])
        start(connection, "first", control="7", candidate="9")
        connection.commit()
    with pytest.raises(SetupError, match=r"expected no running experiment.* got one of versions 7"):
        _push_by_node(source, tmp_path / "base", database, 1)
    assert not (tmp_path / "base").exists()
