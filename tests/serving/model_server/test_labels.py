"""Versions by label, and the file that says so."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from schema.errors import SetupError
from serving.model_server.config import ModelConfig, read_model_config
from serving.model_server.reload import Reload
from serving.model_server.routes import match
from serving.model_server.status import Code, StatusError
from serving.model_server.versions import Versions
from serving.model_server.watcher import Watcher
from tests.serving.conftest import NAME, Server, embedded_by, save_model, wait_for

USER = {"instances": [{"user_id": "abc", "ids": ["x", "y"]}]}


class Empty:
    """A model of which nothing is asked."""

    def __init__(self, _: Path) -> None: ...

    def close(self) -> None: ...


def _write(file: Path, base: Path, *, keep: int = 2, **labels: int) -> None:
    """As an editor would: the old file is there until the new one is whole."""
    lines = [f'version_labels {{ key: "{key}" value: {value} }}' for key, value in labels.items()]
    new = file.with_suffix(".new")
    new.write_text(
        f'model_config_list {{ config {{ name: "{NAME}" base_path: "{base}"'
        ' model_platform: "tensorflow"'
        f" model_version_policy {{ latest {{ num_versions: {keep} }} }} {' '.join(lines)} }} }}"
    )
    new.replace(file)


# On a running server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("labels")
    for version, weight in (("1", 1.0), ("2", 2.0), ("3", 3.0)):
        save_model(folder / "base" / version, weight)
    return folder


@pytest.fixture(scope="module")
def labelled(folder: Path) -> Iterator[Server]:
    """Versions 2 and 3 of three, `stable` and `canary`."""
    file = folder / "models.config"
    _write(file, folder / "base", stable=2, canary=3)
    words = ["--model_config_file", str(file), "--poll-s", "0.1"]
    with embedded_by(folder / "port", *words) as server:
        yield server


@pytest.mark.serving
@pytest.mark.parametrize(("label", "weighed"), [("stable", 4.0), ("canary", 6.0), ("%73table", 4)])
def test_a_label_predicts_by_its_version(labelled: Server, label: str, weighed: float) -> None:
    """Two ids, each of the version's own weight."""
    reply = labelled.predict(USER, f"/labels/{label}:predict")
    assert reply.json() == {"predictions": [[3.0, weighed]]}


@pytest.mark.serving
def test_metadata_names_the_version_of_the_label(labelled: Server) -> None:
    answer = requests.get(f"{labelled.model}/labels/stable/metadata", timeout=30).json()
    assert answer["model_spec"] == {"name": NAME, "signature_name": "", "version": "2"}


@pytest.mark.serving
def test_an_unknown_label_is_400(labelled: Server) -> None:
    reply = labelled.predict(USER, "/labels/newest:predict")
    assert reply.status_code == 400
    assert reply.json() == {"error": "Unrecognized servable version label: newest"}


@pytest.mark.serving
def test_the_file_says_how_many_versions_there_are(labelled: Server) -> None:
    statuses = requests.get(labelled.model, timeout=30).json()["model_version_status"]
    assert [status["version"] for status in statuses] == ["3", "2"]


@pytest.mark.serving
def test_a_label_moves_when_the_file_changes(labelled: Server, folder: Path) -> None:
    _write(folder / "models.config", folder / "base", stable=3)
    wait_for(lambda: labelled.predict(USER, "/labels/canary:predict").status_code == 400)
    reply = labelled.predict(USER, "/labels/stable:predict")
    assert reply.json() == {"predictions": [[3.0, 6.0]]}


# The file in force, without a server


@pytest.fixture
def watched(tmp_path: Path) -> tuple[Watcher[Empty], Versions[Empty], Path]:
    """Versions 1 and 2 of `tmp_path`/base, by `tmp_path`/models.config."""
    file, base = tmp_path / "models.config", tmp_path / "base"
    for version in ("1", "2"):
        (base / version).mkdir(parents=True)
    _write(file, base, stable=1)
    versions = Versions[Empty](NAME)
    config = read_model_config(file)
    reload = Reload(file, config, versions.assign)
    return Watcher(base, versions, Empty, keep=config.keep, reload=reload), versions, file


def test_labels_of_the_start_are_in_force_after_the_first_look(
    watched: tuple[Watcher[Empty], Versions[Empty], Path], caplog: pytest.LogCaptureFixture
) -> None:
    watcher, versions, _ = watched
    watcher.poll()
    assert versions.labelled(NAME, "stable") == 1
    assert "refused" not in caplog.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("labels { 9 }", "text-format ModelServerConfig"),
        ("model_config_list { }", "expected one model in"),
    ],
)
def test_a_file_that_cannot_be_used_changes_nothing(
    watched: tuple[Watcher[Empty], Versions[Empty], Path],
    caplog: pytest.LogCaptureFixture,
    text: str,
    words: str,
) -> None:
    watcher, versions, file = watched
    watcher.poll()
    file.write_text(text)
    watcher.poll()
    watcher.poll()
    assert versions.labelled(NAME, "stable") == 1
    assert versions.available() == [2, 1]
    (line,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert words in line


def test_one_label_without_its_version_refuses_the_whole_file(
    watched: tuple[Watcher[Empty], Versions[Empty], Path], caplog: pytest.LogCaptureFixture
) -> None:
    watcher, versions, file = watched
    watcher.poll()
    _write(file, file.parent / "base", keep=1, stable=2, canary=9)
    for _ in range(3):
        watcher.poll()
    assert versions.labelled(NAME, "stable") == 1
    assert versions.available() == [2, 1]
    refusal = "version 9 of model tiny, which is not currently available for inference"
    assert caplog.text.count(refusal) == 1


def test_a_label_waits_for_its_version(
    watched: tuple[Watcher[Empty], Versions[Empty], Path],
) -> None:
    watcher, versions, file = watched
    watcher.poll()
    _write(file, file.parent / "base", stable=3)
    watcher.poll()
    assert versions.labelled(NAME, "stable") == 1
    (file.parent / "base" / "3").mkdir()
    watcher.poll()
    assert versions.labelled(NAME, "stable") == 3


def test_another_count_of_versions_counts_from_the_next_look(
    watched: tuple[Watcher[Empty], Versions[Empty], Path],
) -> None:
    watcher, versions, file = watched
    watcher.poll()
    _write(file, file.parent / "base", keep=1)
    watcher.poll()
    watcher.poll()
    assert versions.available() == [2]


def test_another_folder_needs_another_server(
    watched: tuple[Watcher[Empty], Versions[Empty], Path], caplog: pytest.LogCaptureFixture
) -> None:
    watcher, versions, file = watched
    watcher.poll()
    _write(file, file.parent / "elsewhere", stable=2)
    watcher.poll()
    assert versions.labelled(NAME, "stable") == 1
    assert "start another server" in caplog.text


def test_a_label_outlives_its_version_and_then_names_it() -> None:
    """As in the original: 404, not 400."""
    versions = Versions[Empty](NAME)
    versions.publish(1, Empty(Path()))
    versions.assign({"stable": 1})
    versions.retire(1)
    with pytest.raises(StatusError) as e, versions.use(NAME, versions.labelled(NAME, "stable")):
        pass
    assert e.value.code is Code.NOT_FOUND
    assert e.value.message == "Servable not found for request: Specific(tiny, 1)"


def test_labels_belong_to_one_model() -> None:
    versions = Versions[Empty](NAME)
    versions.publish(1, Empty(Path()))
    versions.assign({"stable": 1})
    with pytest.raises(StatusError) as e:
        versions.labelled("other", "stable")
    assert e.value.code is Code.INVALID_ARGUMENT


def test_a_label_is_decoded_after_the_url_is_matched() -> None:
    assert match("GET", "/v1/models/tiny/labels/a%3Ab/metadata").label == "a:b"


# ExampleQuery the file


def test_a_file_without_a_policy_means_the_newest_version(tmp_path: Path) -> None:
    file = tmp_path / "models.config"
    file.write_text('model_config_list { config { name: "m" base_path: "/b" } }')
    assert read_model_config(file) == ModelConfig("m", Path("/b"), keep=1)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("", "expected one model in .*, got 0"),
        ('config { name: "m" base_path: "b" }', "an absolute base_path"),
        ('config { base_path: "/b" }', "a name and"),
        (
            'config { name: "m" base_path: "/b" model_version_policy { all { } } }',
            "the policy latest in .*, got all",
        ),
        (
            'config { name: "m" base_path: "/b" } config { name: "n" base_path: "/c" }',
            "one model in .*, got 2",
        ),
    ],
)
def test_what_this_server_has_not_is_refused(tmp_path: Path, config: str, words: str) -> None:
    file = tmp_path / "models.config"
    file.write_text(f"model_config_list {{ {config} }}")
    with pytest.raises(SetupError, match=words):
        read_model_config(file)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--model_config_file", "/none"], 1, "expected to read /none, got no such file"),
        (["--base", "/b"], 2, "expected either --model_config_file or --base and --name"),
        (["--base", "/b", "--name", "m", "--model_config_file", "/c"], 2, "expected either"),
    ],
)
def test_a_wrong_command_line_ends_at_once(words: list[str], code: int, said: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "serving.model_server", *words],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert ended.returncode == code
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.fixture(autouse=True)
def _logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
