"""Servers that the launcher starts, and the files that it writes for each kind."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil
import pytest
import requests

from serving import launcher
from serving.launch_command import Kind, launch_command
from tests.serving.conftest import save_model


def test_the_binary_is_given_both_files(tmp_path: Path) -> None:
    assert launch_command(Kind.BINARY, tmp_path / "models", tmp_path, 1234) == [
        "tensorflow_model_server",
        "--rest_api_port=1234",
        f"--model_config_file={tmp_path}/models.config",
        f"--monitoring_config_file={tmp_path}/monitoring.config",
        "--port=0",
        "--num_load_threads=2",
    ]


def test_the_embedded_server_is_given_the_same_flags(tmp_path: Path) -> None:
    command = launch_command(Kind.EMBEDDED, tmp_path / "models", tmp_path, 1234)
    assert command[:3] == [sys.executable, "-m", "serving.model_server"]
    assert command[3:] == launch_command(Kind.BINARY, tmp_path / "models", tmp_path, 1234)[1:-2]


def test_the_image_sees_folder_and_files_by_its_own_paths(tmp_path: Path) -> None:
    assert launch_command(Kind.IMAGE, tmp_path / "models", tmp_path, 1234) == [
        "docker", "run", "--rm", "--init", "-p", "127.0.0.1:1234:8501",
        "-v", f"{tmp_path}/models:/models/two_tower:ro",
        "-v", f"{tmp_path}:/models/config:ro",
        "tensorflow/serving:2.20.0",
        "--model_config_file=/models/config/models.config",
        "--monitoring_config_file=/models/config/monitoring.config",
        "--num_load_threads=2",
    ]  # fmt: skip
    assert 'base_path: "/models/two_tower"' in (tmp_path / "models.config").read_text()


def test_the_image_may_read_a_folder_of_ours(tmp_path: Path) -> None:
    """Its user may be another one, and temporary folders are their owner's alone."""
    folder = tmp_path / "own"
    folder.mkdir(mode=0o700)
    launch_command(Kind.IMAGE, tmp_path, folder, 1234)
    assert folder.stat().st_mode & 0o777 == 0o755


@pytest.mark.tfx
def test_the_model_file_is_the_servers_protobuf(tmp_path: Path) -> None:
    from google.protobuf import text_format
    from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

    base = tmp_path / 'a "b" \\ c'
    launch_command(Kind.BINARY, base, tmp_path, 1234)
    text = (tmp_path / "models.config").read_text()
    (model,) = text_format.Parse(text, ModelServerConfig()).model_config_list.config
    assert model.name == "two_tower"
    assert model.base_path == str(base)
    assert model.model_platform == "tensorflow"
    assert model.model_version_policy.latest.num_versions == 2


def test_a_relative_folder_becomes_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    launch_command(Kind.BINARY, Path("models"), Path(), 1234)
    assert f'base_path: "{tmp_path}/models"' in Path("models.config").read_text()


@pytest.mark.serving
def test_two_versions_are_served_and_nothing_is_left(tmp_path: Path) -> None:
    """By the server at hand."""
    base = tmp_path / "models"
    save_model(base / "1")
    save_model(base / "2")
    with launcher.model_server(base) as server:
        url = server.ready()
        statuses = requests.get(f"{url}/v1/models/two_tower", timeout=30).json()
        assert [(s["version"], s["state"]) for s in statuses["model_version_status"]] == [
            ("2", "AVAILABLE"),
            ("1", "AVAILABLE"),
        ]
        mine = [p.info for p in psutil.process_iter(["ppid", "cmdline"])]  # None of a zombie
    words = [word for p in mine if p["ppid"] == os.getpid() for word in p["cmdline"] or ()]
    (flag,) = [word for word in words if word.startswith("--model_config_file=")]
    assert not Path(flag.partition("=")[2]).exists()
