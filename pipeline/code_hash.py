"""Hashes of our own sources, for cache keys: TFX keys a dotted path by its text (tfx#2247)."""

from __future__ import annotations

import hashlib
from pathlib import Path

__all__ = ["code_hash"]

ROOT = Path(__file__).resolve().parents[1]
SUFFIXES = {".py", ".sql", ".pbtxt"}


def code_hash(*places: str) -> str:
    """Hash of the schema and of these files or folders: what decides a node's result."""
    digest = hashlib.sha256()
    for place in ("schema", *places):
        path = ROOT / place
        files = [path] if path.is_file() else sorted(path.rglob("*"))
        for file in files:
            if file.suffix in SUFFIXES:
                digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]
