"""Imports go one way, and only entry points read the environment."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "schema": set(),
    "releases": {"schema"},
    "components": {"schema", "releases", "serving"},
    "serving": {"schema", "releases"},
    "pipeline": {"schema", "releases", "components"},
    "commands": {"schema", "releases", "components", "serving", "pipeline"},
    "benchmarks": {"schema", "releases", "components", "serving", "pipeline"},
}
MAY_READ_THE_ENVIRONMENT = {
    "pipeline/settings.py": "the one place where a run gets its settings",
    "components/node/connection.py": "a worker gets the variable's name, never the URL",
    "serving/api/settings.py": "the one place where the service gets its settings",
    "components/__init__.py": "TensorFlow asks the environment which Keras to take",
    "serving/model_server/__main__.py": "the same, and TensorFlow's log level",
    "serving/supervisor.py": "its children get this process's variables, and their own",
    "pipeline/own_run.py": "native code asks TMPDIR where temporary files go",
    "pipeline/local/tfx_cli.py": "what the TFX CLI's process gets, and its script finds",
    "pipeline/local/bootstrap.py": "what the set-up's own processes get",
    "benchmarks/pipeline_run.py": "what the runs that it times get",
    "benchmarks/scale/measuring.py": "the same",
    "benchmarks/serving/group.py": "what the group that it loads gets",
    "benchmarks/serving/outages.py": "what an operator's commands get",
}
"""Whatever touches it, with the reason why it must."""


ROOMS = {
    "components": {
        "auc_pr_lift": set(),
        "edge_check": set(),
        "embedding_check": {"edge_check", "node", "transform"},
        "embedding_writer": {"inference", "node"},
        "evaluator": set(),
        "example_gen": {"moment", "node"},
        "example_validator": {"node"},
        "inference": {"transform"},
        "model_review": {
            "evaluator",
            "example_validator",
            "node",
            "quarantine",
            "release",
            "release_fit",
            "retrieval_evaluator",
            "trainer",
        },
        "moment": {"node"},
        "node": set(),
        "pusher": {"node"},
        "quarantine": {"moment", "node"},
        "ranking_metrics": set(),
        "release": {"embedding_check", "node"},
        "release_fit": {"node", "ranking_metrics", "retrieval_evaluator", "trainer", "transform"},
        "resolvers": {"node"},
        "retrieval_evaluator": {"inference", "node", "ranking_metrics", "transform", "user_groups"},
        "schema_import": {"node"},
        "trainer": {"node", "ranking_metrics", "transform", "user_groups"},
        "transform": set(),
        "user_groups": set(),
    },
    "components/trainer": {
        "component": {"settings"},
        "edge": {"inputs", "model"},
        "export": {"edge", "inputs", "model", "warm_up"},
        "fit": {"export", "fitting", "inputs", "model", "settings"},
        "fitting": {"inputs", "model", "settings"},
        "inputs": {"settings"},
        "model": {"inputs", "settings"},
        "settings": set(),
        "warm_up": set(),
    },
}
"""The rooms of a folder, and which of their neighbours each imports."""


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


@pytest.mark.parametrize("folder", ROOMS)
def test_a_room_imports_only_the_neighbours_that_are_named(folder: str) -> None:
    found: dict[str, set[str]] = {room: set() for room in ROOMS[folder]}
    package = folder.replace("/", ".")
    for path, tree in _trees(folder):
        room = path.removeprefix(f"{folder}/").partition("/")[0].removesuffix(".py")
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(f"{package}."):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
                rooms = {name.removeprefix(f"{package}.").partition(".")[0] for name in names}
                found[room] |= rooms - {room}
    assert found == ROOMS[folder]


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


def test_components_take_the_model_server_s_client_alone_from_serving() -> None:
    found = {
        node.module
        for _, tree in _trees("components")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("serving")
    }
    assert found == {"serving.model_client"}


def test_tensorflow_is_imported_in_serving_by_the_model_server_alone() -> None:
    found = [path for path, tree in _trees("serving") if "tensorflow" in set(_imported(tree))]
    assert found
    assert all(path.startswith("serving/model_server/") for path in found)


@pytest.mark.parametrize("package", [*sorted({*MAY_IMPORT} - {"commands"}), "tests"])
def test_every_package_brings_psycopg2_in_before_its_modules_can(package: str) -> None:
    """By `schema/psycopg_first.py`: else TLS crashes beside TensorFlow.

    Not `commands`: none of its modules imports TensorFlow, and help needs no psycopg2.
    """
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
    assert readers == MAY_READ_THE_ENVIRONMENT.keys()


KERAS = """
import os, runpy, sys
class AtTensorFlow:
    def find_spec(self, name, *_):
        if name in {"tensorflow", "tf_keras"}:
            os._exit(0 if os.environ.get("TF_USE_LEGACY_KERAS") == "1" else 1)
sys.meta_path.insert(0, AtTensorFlow())
runpy.run_module(sys.argv[1], run_name="only_imported")
import pipeline.definition
"""
"""Ends at the first import of TensorFlow; status 0 if Keras 2 was asked for by then."""


@pytest.mark.parametrize(
    "module",
    ["pipeline.run", "benchmarks.ablation", "benchmarks.warm_start", "benchmarks.quality.__main__"],
)
def test_keras_2_is_asked_for_before_tensorflow_is_imported(module: str) -> None:
    bare = {k: v for k, v in os.environ.items() if k != "TF_USE_LEGACY_KERAS"}
    ended = subprocess.run([sys.executable, "-c", KERAS, module], cwd=ROOT, env=bare, check=False)
    assert ended.returncode == 0
