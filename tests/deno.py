"""Deno for tests, and scripts that it runs with the edge function's packages."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from schema.errors import SetupError
from serving.deno import deno_at_hand
from serving.edge_function import FUNCTION, bring_packages

__all__ = ["Deno", "deno_of"]


class Deno(NamedTuple):
    """The program, and the folder of the packages."""

    program: Path
    packages: Path

    def output(self, script: Path, *words: str, text: str = "", **environment: str) -> str:
        """What a script of the tests prints."""
        config = ["--config", str(FUNCTION / "deno.json"), "--frozen"]
        done = subprocess.run(
            [str(self.program), "run", "-A", "--quiet", "--cached-only", *config, str(script),
             *words],
            env={**os.environ, "DENO_DIR": str(self.packages), **environment},
            input=text, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout


def deno_of(folder: Path) -> Deno:
    """Brought into the folder once; skips the test where neither npm nor Deno is there."""
    if not (shutil.which("npm") or shutil.which("deno")):
        pytest.skip("npm or deno")
    try:
        found = Deno(deno_at_hand(folder), folder / "packages")
        bring_packages(*found)
    except SetupError as error:
        pytest.skip(f"Deno and its packages: {error}")
    return found
