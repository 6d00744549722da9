"""Faults of accessibility that axe-core finds, from its npm package, pinned by its hash."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from playwright.sync_api import Page

__all__ = ["axe_script", "serious_faults"]

VERSION = "4.14.1"
SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="


def axe_script(folder: Path) -> str:
    """The script, out of the package that npm brings into the folder once."""
    packed = folder / f"axe-core-{VERSION}.tgz"
    if not packed.exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("npm")
        wanted = [npm, "pack", f"axe-core@{VERSION}", "--pack-destination", str(folder)]
        subprocess.run(wanted, check=True, capture_output=True, timeout=120)
    found = base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode()
    assert found == SHA512, f"another package than the pinned one: {packed}"
    with tarfile.open(packed) as package:
        script = package.extractfile("package/axe.min.js")
        assert script
        return script.read().decode()


def serious_faults(page: Page, script: str) -> list[str]:
    """Each fault of impact serious or critical, with the element."""
    page.evaluate(script)
    violations = page.evaluate("axe.run()")["violations"]
    return [
        f"{fault['id']}: {node['target']}"
        for fault in violations
        if fault["impact"] in {"serious", "critical"}
        for node in fault["nodes"]
    ]
