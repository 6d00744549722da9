"""The image of the pipeline has what the package has; no container engine is asked."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILE = ROOT / "pipeline" / "Dockerfile"
TEXT = FILE.read_text(encoding="utf-8")


def test_the_dockerfile_passes_its_linter() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, str(FILE)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_every_package_of_the_wheel_is_copied_and_nothing_else() -> None:
    setup = (ROOT / "setup.py").read_text(encoding="utf-8")
    (included,) = re.findall(r"include=\[(.*?)\]", setup, re.DOTALL)
    packages = re.findall(r'"(\w+)\*"', included)
    assert sorted(re.findall(r"^COPY (\w+) \1$", TEXT, re.MULTILINE)) == sorted(packages)
    ignored = FILE.with_suffix(".dockerignore").read_text(encoding="utf-8").splitlines()
    files = {"requirements.lock", "setup.py", "LICENSE"}
    assert {line[1:] for line in ignored if line.startswith("!")} == files | set(packages)
    assert {"*", "**/.env"} <= set(ignored)


def test_no_root_runs_it_and_every_package_is_pinned_by_its_hash() -> None:
    assert "--require-hashes --requirement requirements.lock" in TEXT
    last = TEXT.rpartition("FROM ")[2]
    assert re.search(r"^USER 10001$", last, re.MULTILINE)
    assert last.index("USER 10001") < last.index("ENTRYPOINT")
