"""Imports go one way, and only entry points read the environment."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "schema": set(),
    "releases": {"schema"},
    "components": {"schema", "releases"},
    "serving": {"schema", "releases"},
    "pipeline": {"schema", "releases", "components"},
    "commands": {"schema", "releases", "components", "serving", "pipeline"},
    "benchmarks": {"schema", "releases", "components", "serving", "pipeline"},
}
MAY_READ_THE_ENVIRONMENT = {
    "commands/__main__.py", "pipeline/run.py", "pipeline/settings.py",
    "serving/model_server/__main__.py",
    "components/node/connection.py",  # a worker is told the variable's name, never the URL
    "pipeline/local/source.py",  # the URL must not enter the settings: they are recorded
    "benchmarks/ablation.py", "benchmarks/warm_start.py",
    "benchmarks/quality/__main__.py",  # tells the pipeline's nodes which database is the protocol's
    "benchmarks/reading/__main__.py",  # tells the reader which database it measures
    "pipeline/own_run.py",  # tells the run's processes where temporary files go
    "benchmarks/pipeline_run.py",  # hands the environment on to the runs it times
    "pipeline/local/bootstrap.py", "pipeline/local/tfx_cli.py",  # handed on to a child process
}  # fmt: skip


def _trees(folder: str) -> Iterator[tuple[str, ast.AST]]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def _imported(tree: ast.AST) -> Iterator[str]:
    """Top-level packages, of late imports too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level or (node.module or "").partition(".")[0]


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_a_layer_imports_only_what_lies_below_it(folder: str) -> None:
    forbidden = {*MAY_IMPORT, "tests", ".", ".."} - MAY_IMPORT[folder] - {folder}
    found = {(path, name) for path, tree in _trees(folder) for name in _imported(tree)}
    assert len(found) > 4
    assert not {(path, name) for path, name in found if name in forbidden}


@pytest.mark.parametrize(
    ("folder", "heavy"),
    [
        ("schema", {"tfx", "tensorflow", "apache_beam", "tensorflow_transform"}),
        ("releases", {"tfx", "tensorflow", "apache_beam", "tensorflow_transform"}),
        ("serving", {"tfx", "apache_beam", "tensorflow_transform"}),
        ("commands", {"tfx", "tensorflow", "apache_beam", "tensorflow_transform"}),
    ],
)
def test_what_an_application_or_a_person_starts_needs_no_tfx(folder: str, heavy: set[str]) -> None:
    assert not [path for path, tree in _trees(folder) if heavy & set(_imported(tree))]


def test_tensorflow_is_imported_in_serving_by_the_model_server_alone() -> None:
    found = [path for path, tree in _trees("serving") if "tensorflow" in set(_imported(tree))]
    assert found
    assert all(path.startswith("serving/model_server/") for path in found)


@pytest.mark.parametrize("package", [*MAY_IMPORT, "tests"])
def test_every_package_brings_psycopg2_in_before_its_modules_can(package: str) -> None:
    """By `schema/psycopg_first.py`: else TLS crashes beside TensorFlow."""
    tree = ast.parse((ROOT / package / "__init__.py").read_text(encoding="utf-8"))
    first = next(node for node in tree.body if isinstance(node, ast.Import))
    wanted = "schema.psycopg_first" if package == "schema" else "schema"
    assert [alias.name for alias in first.names] == [wanted]


def test_only_entry_points_read_the_environment() -> None:
    readers = {
        path
        for folder in MAY_IMPORT
        for path, tree in _trees(folder)
        for node in ast.walk(tree)
        if getattr(node, "attr", getattr(node, "name", "")) in {"environ", "getenv", "environb"}
    }
    assert {"pipeline/settings.py"} < readers
    assert not readers - MAY_READ_THE_ENVIRONMENT
