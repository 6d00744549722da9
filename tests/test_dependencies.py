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


def _imported(folder: str) -> set[str]:
    """Top-level names, of late imports too, that are neither ours nor Python's."""
    found = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return found - {*sys.stdlib_module_names, *PACKAGED, *DEVELOPED}


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
    declared = _declared("RUN") if folder in PACKAGED else _declared("RUN", "DEVELOP")
    of = _distributions()
    assert not {name for name in _imported(folder) if not of.get(name, set()) & declared}


def test_the_lists_are_read() -> None:
    assert {"tfx", "numpy", "psycopg2-binary"} < _declared("RUN")
    assert "pytest" in _declared("DEVELOP") - _declared("RUN")
    assert {"numpy", "stamina"} < _imported("components") | _imported("serving")
