"""A node's cache key follows every source that decides its result, and no other."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.code_hash import ROOT, code_hash, sources

READER = "components.example_gen.component"
TRANSFORM = "components.transform.preprocessing"
VALIDATOR = "components.example_validator"
TRAINER = "components.trainer.component"
EVALUATOR = "components.evaluator"
GATE = "components.retrieval_evaluator.component"
RELEASE = "components.release_fit.component"
NODES = (READER, TRANSFORM, VALIDATOR, TRAINER, EVALUATOR, GATE, RELEASE)

LOADED = """
import importlib, json, os, sys
import psycopg2, tensorflow, tensorflow_transform, tfx.v1  # once for all: seconds each
for module in sys.argv[2:]:
    if not os.fork():
        importlib.import_module(module)
        named = [m for m in sys.modules if m.split(".")[0] in {"schema", "releases", "components"}]
        files = [sys.modules[name].__file__ for name in named]
        with open(f"{sys.argv[1]}/{module}.json", "w") as file:
            json.dump(files, file)
        os._exit(0)
    assert not os.wait()[1], module
"""
"""Modules that Python itself has loaded after the import of each module."""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what nodes are made of."""
    for package in ("schema", "releases", "components"):
        shutil.copytree(ROOT / package, tmp_path / package)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "nodes"),
    [
        ("components/ranking_metrics.py", {TRAINER, GATE, RELEASE}),
        ("components/inference.py", {GATE, RELEASE}),
        ("components/trainer/fit.py", {TRAINER, RELEASE}),
        ("components/trainer/model/losses.py", {TRAINER, RELEASE}),
        ("components/transform/tokens.py", {TRANSFORM, TRAINER, GATE, RELEASE}),
        ("components/auc_pr_lift.py", {EVALUATOR}),
        ("components/example_validator.py", {VALIDATOR}),
        ("components/moment/cut.py", {READER}),
        ("schema/queries/pairs.sql", {READER}),
        ("schema/features.py", set(NODES)),
        ("components/__init__.py", set(NODES)),
        ("schema/documents/fit.py", {TRAINER, RELEASE}),
        ("schema/documents/ranking.py", {GATE, RELEASE}),
        ("schema/documents/summary.py", set()),
        ("components/pusher.py", set()),
        ("components/embedding_writer.py", set()),
        ("components/model_review/review.html", set()),
    ],
)
def test_a_changed_byte_changes_the_keys_of_those_that_it_decides(
    tree: Path, file: str, nodes: set[str]
) -> None:
    before = {node: code_hash(node, tree) for node in NODES}
    assert before == {node: code_hash(node) for node in NODES}
    (tree / file).write_bytes((tree / file).read_bytes() + b"\n")
    assert {node for node in NODES if code_hash(node, tree) != before[node]} == nodes


@pytest.mark.parametrize(
    "text",
    [
        "import components.a.late",
        "from components.a import late",
        "from components.a.late import anything",
        "def later():\n    from components.a import late",
        "BY_NAME = 'components.a.late.run_fn'",
    ],
)
def test_an_import_is_followed_however_it_is_written(tmp_path: Path, text: str) -> None:
    package = tmp_path / "components" / "a"
    package.mkdir(parents=True)
    for file in (package.parent / "__init__.py", package / "__init__.py", package / "late.py"):
        file.touch()
    (package / "data.sql").touch()
    (package.parent / "node.py").write_text(text)
    names = {str(file.relative_to(package.parent)) for file in sources("components.node", tmp_path)}
    assert names == {"__init__.py", "node.py", "a/__init__.py", "a/late.py", "a/data.sql"}


def test_a_module_that_is_not_there_has_no_hash() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"components\.trainr"):
        code_hash("components.trainr")


@pytest.mark.tfx
def test_all_that_python_loads_of_ours_is_hashed(tmp_path: Path) -> None:
    by_name = "components.trainer.fit"  # TFX imports it once the Trainer runs
    subprocess.run(
        [sys.executable, "-c", LOADED, str(tmp_path), *NODES, by_name], cwd=ROOT, check=True
    )
    for node in (*NODES, by_name):
        loaded = {Path(file) for file in json.loads((tmp_path / f"{node}.json").read_text())}
        assert len(loaded) > 3
        assert not loaded - set(sources(TRAINER if node == by_name else node))


@pytest.mark.tfx
def test_every_node_that_may_be_cached_has_a_hash_in_its_key(tmp_path: Path) -> None:
    """But TFX's own code over parameters: resolvers, StatisticsGen, and SchemaImport's file."""
    from tfx.dsl.compiler.compiler import Compiler

    from components.node.always_run import AlwaysRunDriver
    from pipeline.definition import create_pipeline
    from pipeline.settings import Settings

    pipeline = create_pipeline(Settings(folder=tmp_path))
    always = {
        n.id for n in pipeline.components if getattr(n, "DRIVER_CLASS", None) is AlwaysRunDriver
    }
    parameters = {
        node.pipeline_node.node_info.id: str(node.pipeline_node.parameters)
        for node in Compiler().compile(pipeline).nodes
    }
    hashes = [code_hash(node) for node in NODES]
    without = {name for name, text in parameters.items() if not any(h in text for h in hashes)}
    assert always - {"EmbeddingWriter"} < without  # it is given a hash for the registry
    assert without - always == {
        "DecisionsSchema", "CatalogueSchema", "PairsSchema",
        "DecisionsStatistics", "CatalogueStatistics",
        "LastDecisionsStatistics", "LastCatalogueStatistics", "LastRelease", "LiveModel",
    }  # fmt: skip
