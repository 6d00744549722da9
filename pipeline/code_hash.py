"""Hashes of our own sources, for cache keys: TFX keys a dotted path by its text (tfx#2247)."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path

__all__ = ["ROOT", "code_hash", "sources"]

ROOT = Path(__file__).resolve().parents[1]
OURS = frozenset({"schema", "releases", "components"})
"""The packages that a node may import: tests/test_layers.py."""
DATA = frozenset({".sql", ".pbtxt", ".html"})
"""Suffixes of files that a module may read from its own package's folder."""


def code_hash(module: str, root: Path = ROOT) -> str:
    """Hash of all sources that determine a node's result.

    Args:
        module: dotted name of the node's module.
        root: the folder of the packages.
    """
    digest = hashlib.sha256()
    for file in sources(module, root):
        digest.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def sources(module: str, root: Path = ROOT) -> list[Path]:
    """The module, our modules that it imports, transitively, and the data files of their packages.

    Raises:
        ModuleNotFoundError: if there is no such module.
    """
    if not _file_of(module, root):
        raise ModuleNotFoundError(module)
    found: set[Path] = set()
    waiting = [module]
    while waiting:
        files = set(_files_on_the_way(waiting.pop(), root)) - found
        found |= files
        for file in files:
            waiting += _names(ast.parse(file.read_bytes()))
    folders = {file.parent for file in found}
    data = {file for folder in folders for file in folder.iterdir() if file.suffix in DATA}
    return sorted(found | data)


def _names(tree: ast.AST) -> Iterator[str]:
    """Possible names of modules: imports at any level, and strings, by which TFX imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "." in node.value:
            yield node.value


def _files_on_the_way(name: str, root: Path) -> Iterator[Path]:
    """For `a.b.c`: `__init__.py` of a and of a.b, and the file of c, if c is a module."""
    parts = name.split(".")
    if parts[0] not in OURS or not all(part.isidentifier() for part in parts):
        return
    for length in range(1, len(parts) + 1):
        file = _file_of(".".join(parts[:length]), root)
        if file:
            yield file


def _file_of(module: str, root: Path) -> Path | None:
    path = root.joinpath(*module.split("."))
    files = (path / "__init__.py", path.with_suffix(".py"))
    return next((file for file in files if file.is_file()), None)
