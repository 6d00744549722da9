"""TLS in one process with TensorFlow, whichever of the two was imported first."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases.pgbouncer import Pooler, pgbouncer

pytestmark = [pytest.mark.pooler, pytest.mark.tfx, pytest.mark.postgres]

ROOT = Path(__file__).parents[2]
PACKAGES = ("schema", "releases", "components", "serving", "pipeline", "commands", "benchmarks")
NO_PACKAGES = {
    "pipeline.local.bootstrap",  # runs before anything is installed
    # run by the peers' environment, which has no connection
    *(f"benchmarks.peers.{name}" for name in ("lambdamart", "recvae", "sasrec")),
}
TENSORFLOW_FIRST = """
import importlib, os, sys, tensorflow
url, *modules = sys.argv[1:]
for module in modules:
    if not os.fork():
        importlib.import_module(module)
        from schema.database import connect
        connect(url).close()
        if not os.fork():
            connect(url).close()
            os._exit(0)
        os._exit(os.waitstatus_to_exitcode(os.wait()[1]) & 255)
    status = os.waitstatus_to_exitcode(os.wait()[1])
    print(module, status, flush=True)
"""


@pytest.fixture(scope="module")
def server(postgres_url: str) -> Iterator[Pooler]:
    with pgbouncer(postgres_url, tls=True) as pooler:
        yield pooler


def _entry_points() -> list[str]:
    """Every module that a person or a program starts."""
    found = []
    for path in sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(
            isinstance(node, ast.If) and "__main__" in ast.dump(node.test) for node in tree.body
        ):
            found.append(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return [name for name in found if name not in NO_PACKAGES]


@pytest.mark.parametrize("options", ["sslmode=require", ""])
def test_every_entry_point_survives_tls_after_tensorflow(server: Pooler, options: str) -> None:
    """In the process itself, and in a child that it forks."""
    modules = _entry_points() if options else ["commands.__main__"]
    assert {"commands.__main__", "pipeline.run"} & set(modules)
    done = subprocess.run(
        [sys.executable, "-c", TENSORFLOW_FIRST, server.url(options), *modules],
        cwd=ROOT, env={**os.environ, "TF_USE_LEGACY_KERAS": "1"},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = [line for line in done.stdout.splitlines() if line.startswith(PACKAGES)]
    assert told == [f"{module} 0" for module in modules]


def test_tensorflow_first_without_our_packages_crashes(server: Pooler) -> None:
    """The reason for schema/psycopg_first.py, which may go once this test fails."""
    program = "import sys, tensorflow, psycopg2; psycopg2.connect(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", program, server.url("sslmode=require")],
        cwd="/", capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode < 0  # signal 11, or 6 out of free()
