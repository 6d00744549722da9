"""Downloads what draws TFDV's facets: one pinned wheel, which is read and never installed.

Its dependencies do not fit beside the locked packages.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from components.model_review import facets
from schema.errors import SetupError

__all__ = ["fetch_facets"]

LOCK = Path(facets.__file__).with_name("requirements.lock")
TIMEOUT_S = 300


def fetch_facets(wheel: Path) -> None:
    """Has the wheel in its place; one that is there already is not downloaded again.

    Raises:
        SetupError: if it cannot be downloaded, or is another one than the pinned.
    """
    if wheel.exists():
        _check(wheel)
        return
    wanted = [
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
        "--no-deps", "--only-binary", ":all:", "--require-hashes",
        "--dest", str(wheel.parent), "--requirement", str(LOCK),
    ]  # fmt: skip
    done = subprocess.run(wanted, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    if done.returncode or not wheel.exists():
        why = (done.stderr.strip().splitlines() or ["no such file afterwards"])[-1]
        raise SetupError(
            f"{wheel.name} for FACETS=1", why, f"put it into {wheel.parent}, or unset FACETS"
        )


def _check(wheel: Path) -> None:
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found not in LOCK.read_text(encoding="utf-8"):
        raise SetupError(f"{wheel} as {LOCK.name} pins it", f"SHA-256 {found}", "remove the file")
