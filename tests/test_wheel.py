"""The built wheel, installed in a folder of its own, brings the same command outside the checkout.

Its dependencies are those of this environment: nothing is downloaded.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("schema", "releases", "components", "serving", "pipeline", "commands")
NO_DATABASE = "postgresql://me:hidden@127.0.0.1:1/none"
READ = {".py", ".sql", ".pbtxt", ".html", ".css", ".js", ".ts"}
BUILD = "from setuptools import build_meta; print(build_meta.build_wheel('dist'))"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the checkout, with the setuptools of this environment."""
    copy = tmp_path_factory.mktemp("source")
    for name in ("setup.py", "pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for name in PACKAGES:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    _run([sys.executable, "-c", BUILD], copy)
    (built,) = (copy / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--quiet"]
    _run([*pip, "--target", str(target), str(wheel)], target)
    return target


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _two_tower(
    installed: Path, folder: Path, *words: str, url: str = ""
) -> subprocess.CompletedProcess[str]:
    """The console script, in a folder outside the checkout."""
    usual = {k: v for k, v in os.environ.items() if k not in {"FOLDER", "DATABASE_URL"}}
    environment = {**usual, "PYTHONPATH": str(installed), "DATABASE_URL": url}
    return subprocess.run(
        [str(installed / "bin" / "two-tower"), *words],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_every_file_that_is_read_at_run_time_is_in_the_wheel(wheel: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    tracked = [name for name in listed if Path(name).suffix in READ]
    assert {"schema/tables.sql", "components/model_review/review.html"} < set(tracked)
    assert set(tracked) <= set(ZipFile(wheel).namelist())


def test_help_is_that_of_the_checkout_and_the_code_is_the_wheel_s(
    installed: Path, tmp_path: Path
) -> None:
    ours = subprocess.run(
        [sys.executable, "-m", "commands", "--help"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    done = _two_tower(installed, tmp_path, "--help")
    assert (done.returncode, done.stdout) == (0, ours.stdout)
    assert "0.1.0" in _two_tower(installed, tmp_path, "--version").stdout
    done = _two_tower(installed, tmp_path, "--verbose", "review")
    assert f'File "{installed}/commands/review.py"' in done.stderr
    assert "SetupError: expected a finished run, got none" in done.stderr


def test_the_doctor_names_the_database_that_is_missing(installed: Path, tmp_path: Path) -> None:
    done = _two_tower(installed, tmp_path, "doctor", "--json", url=NO_DATABASE)
    assert done.returncode == 1, done.stderr
    found = {one["name"]: one for one in json.loads(done.stdout)}
    address = found["address"]
    assert address["state"] == "failed"
    assert address["found"].startswith(
        "expected a running server at postgresql://me:***@127.0.0.1:1/none, got "
    )
    assert address["remedy"] == "start the server or correct DATABASE_URL"
    assert found["packages"]["state"] == "ok"
    assert "hidden" not in done.stdout + done.stderr


def test_its_files_are_of_the_current_folder(installed: Path, tmp_path: Path) -> None:
    done = _two_tower(installed, tmp_path, "init")
    assert done.returncode == 0, done.stderr
    assert '# folder = "var"\n' in (tmp_path / "two-tower.toml").read_text()
    status = json.loads(_two_tower(installed, tmp_path, "status", "--json").stdout)
    assert status["runs"] == []
    assert [path.name for path in tmp_path.iterdir()] == ["two-tower.toml"]


def test_a_bench_is_of_the_checkout_alone(installed: Path, tmp_path: Path) -> None:
    done = _two_tower(installed, tmp_path, "bench", "release")
    assert done.returncode == 1
    assert done.stderr == (
        "error: expected benchmarks/ of a checkout, got an installed package: clone the project\n"
    )


@pytest.mark.postgres
def test_an_installed_doctor_runs_the_statements_of_a_run(
    installed: Path, tmp_path: Path, database: str
) -> None:
    """Their SQL lies in files of the package."""
    done = _two_tower(installed, tmp_path, "doctor", "--json", url=database)
    found = {one["name"]: one for one in json.loads(done.stdout)}
    assert "expected rows in users" in found["tables"]["found"]
    assert found["rights"]["state"] == "ok"


def test_advice_names_words_that_an_installed_command_has(installed: Path, tmp_path: Path) -> None:
    done = _two_tower(installed, tmp_path, "review")
    assert done.returncode == 1
    assert "`two-tower run`" in done.stderr
    assert "make" not in done.stderr
