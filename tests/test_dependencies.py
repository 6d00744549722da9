"""Every import of our code is declared in setup.py, not only installed by another package."""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGED = ("schema", "releases", "components", "serving", "pipeline", "commands")
DEVELOPED = ("benchmarks", "tests")
EXTRAS = {"serving": ("SERVE",), "pipeline": ("TRACK",)}
PEERS = ROOT / "benchmarks" / "peers"
APART = {PEERS / f"{name}.py" for name in ("lambdamart", "recvae", "sasrec")}
"""Scripts that run in the environment of benchmarks/peers/requirements.lock."""


def _imported(folder: str) -> set[str]:
    """Top-level names, of late imports too, that are neither ours nor Python's."""
    found = _names({*(ROOT / folder).rglob("*.py")} - APART)
    return found - {*PACKAGED, *DEVELOPED}


def _names(paths: set[Path]) -> set[str]:
    found = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return found - {*sys.stdlib_module_names}


def _declared(*lists: str) -> set[str]:
    """Names of distributions in these lists of setup.py, as PEP 503 writes them."""
    tree = ast.parse((ROOT / "setup.py").read_text(encoding="utf-8"))
    values = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    return {_name(line) for name in lists for line in values[name]}


def _name(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[=<>~! \[;]", requirement)[0]).lower()


@cache
def _distributions() -> dict[str, set[str]]:
    found = packages_distributions()
    return {package: {_name(name) for name in names} for package, names in found.items()}


@pytest.mark.parametrize("folder", [*PACKAGED, *DEVELOPED])
def test_every_import_is_a_declared_dependency(folder: str) -> None:
    more = ("SERVE", "TRACK", "DEVELOP") if folder in DEVELOPED else EXTRAS.get(folder, ())
    declared = _declared("RUN", *more)
    of = _distributions()
    assert not {name for name in _imported(folder) if not of.get(name, set()) & declared}


def test_the_peers_scripts_import_what_their_own_lock_file_has_and_nothing_of_ours() -> None:
    wanted = (PEERS / "requirements.in").read_text(encoding="utf-8").splitlines()
    asked = {_name(line) for line in wanted if not line.startswith("#")}
    locked = (PEERS / "requirements.lock").read_text(encoding="utf-8").splitlines()
    assert asked <= {_name(line) for line in locked if "==" in line}
    assert {_name(name) for name in _names(APART)} == asked


def test_the_lists_are_read() -> None:
    assert {"tfx", "numpy", "psycopg2-binary"} < _declared("RUN")
    assert "pytest" in _declared("DEVELOP") - _declared("RUN")
    assert {"numpy", "stamina"} < _imported("components") | _imported("serving")
