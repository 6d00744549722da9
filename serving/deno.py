"""Deno, which runs the edge function on this machine: on PATH, else the pinned one that npm has."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import tarfile
from pathlib import Path

from schema.errors import SetupError

__all__ = ["deno_at_hand"]

PACKAGE, VERSION = "@deno/linux-x64-glibc", "2.9.6"
SHA512 = "3md4TKLCuzsLDmfOoC5KN7NAZaxSVkMgm64vg6foD00JBADCpYS2/5QqXfzgnP5ZQz3iLP9vBQJtEgc116OAoQ=="
"""Of the package, base64, as npm's registry gives it."""
_PATIENCE_S = 300


def deno_at_hand(folder: Path) -> Path:
    """The program; what npm brings is kept in the folder.

    Raises:
        SetupError: neither deno nor npm is on PATH, npm fails, or it brings another package.
    """
    on_path = shutil.which("deno")
    if on_path:
        return Path(on_path)
    program = folder / f"deno-{VERSION}"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _unpack(_packed(folder), program)
    return program


def _packed(folder: Path) -> Path:
    """The package's archive, verified."""
    npm = shutil.which("npm")
    if npm is None:
        raise SetupError("deno or npm on PATH", "neither", "install Node.js with npm, or Deno")
    command = [npm, "pack", f"{PACKAGE}@{VERSION}", "--pack-destination", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PATIENCE_S)
    packed = folder / f"{PACKAGE.removeprefix('@').replace('/', '-')}-{VERSION}.tgz"
    if done.returncode or not packed.exists():
        raise SetupError(f"{PACKAGE} {VERSION} by npm", "none", "see `npm ping`, or install Deno")
    found = base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode()
    if found != SHA512:
        packed.unlink()
        raise SetupError(f"the pinned {PACKAGE} {VERSION}", "another", "do not use it; report it")
    return packed


def _unpack(packed: Path, program: Path) -> None:
    """Takes the program out of the archive, which is removed; others see it whole or not at all."""
    part = program.with_suffix(".part")
    with tarfile.open(packed) as archive, part.open("wb") as target:
        source = archive.extractfile("package/deno")
        if source is None:
            raise SetupError("package/deno in the archive", "none", "report it")
        shutil.copyfileobj(source, target)
    part.chmod(0o755)
    part.rename(program)
    packed.unlink()
