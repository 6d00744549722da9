"""The function's TypeScript is formatted, passes Deno's linter, and has right types."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from serving.edge_function import FUNCTION
from tests.deno import Deno

pytestmark = pytest.mark.edge

ROOT = Path(__file__).parents[3]
SCRIPTS = [ROOT / "benchmarks/edge/embed.ts", Path(__file__).parent / "features_of.ts"]


@pytest.mark.parametrize(
    "words",
    [["fmt", "--check", "."], ["lint", "."], ["check", "--frozen", "index.ts", *map(str, SCRIPTS)]],
    ids=["formatted", "linted", "typed"],
)
def test_deno_finds_no_fault(deno: Deno, words: list[str]) -> None:
    done = subprocess.run(
        [str(deno.program), *words],
        cwd=FUNCTION, env={**os.environ, "DENO_DIR": str(deno.packages), "NO_COLOR": "1"},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_is_loaded_from_outside_npm() -> None:
    sources = [path for path in FUNCTION.rglob("*.ts") if path.name != "contract.ts"]
    assert len(sources) > 20
    for path in sources:
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith(("import ", "} from ")):
                module = line.rpartition(" from ")[2].strip('";')
                assert module in {"jose", "postgres"} or module.startswith("."), (path.name, line)


def test_the_lock_file_is_of_a_form_that_the_platform_s_deno_reads() -> None:
    """Deno from 2.3 on writes version 5; edge-runtime read none above 4 until 2026 (its #615)."""
    lock = json.loads((FUNCTION / "deno.lock").read_text(encoding="utf-8"))
    assert lock["version"] == "4", "set it to 4 by hand: the packages' part is the same"
    assert set(lock["npm"]) == {"jose@6.2.17", "postgres@3.4.9"}
