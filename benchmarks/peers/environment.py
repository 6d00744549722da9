"""Makes the peers' Python from its lock file, and runs one of their scripts in it.

Arrays go in as .npz and come out as .npy, so that neither side imports anything of the other.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from schema.arrays import Float32
from schema.errors import SetupError

__all__ = ["environment", "run"]

HERE = Path(__file__).resolve().parent
LOCK = HERE / "requirements.lock"
FOLDER = HERE.parents[1] / "var" / "peers-env"
UV = Path(sys.executable).with_name("uv")
TIMEOUT_S = 3600


def run(
    script: str, arrays: Mapping[str, npt.NDArray[Any]], settings: Mapping[str, Any] | None = None
) -> Float32:
    """What benchmarks/peers/<script>.py makes of the arrays and its settings."""
    python = environment()
    with TemporaryDirectory(prefix="peers-") as folder:
        given, found = Path(folder, "given.npz"), Path(folder, "found.npy")
        np.savez(given, **arrays)  # type: ignore[arg-type]
        words = (HERE / f"{script}.py", given, found, json.dumps(settings or {}))
        _call(python, "-I", "-W", "ignore", *words)
        return np.asarray(np.load(found), np.float32)


def environment() -> Path:
    """The Python of var/peers-env, which is made again when the lock file has changed."""
    python, stamp = FOLDER / "bin" / "python", FOLDER / "installed.sha256"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    sys.stderr.write("peers: installing the packages of benchmarks/peers/requirements.lock\n")
    shutil.rmtree(FOLDER, ignore_errors=True)
    _call(UV, "venv", "--quiet", "--no-python-downloads", "--python", sys.executable, FOLDER)
    _call(UV, "pip", "sync", "--quiet", "--require-hashes", "--python", python, LOCK)
    stamp.write_text(wanted, encoding="utf-8")
    return python


def _call(*words: str | Path) -> None:
    """Waits for the command.

    Raises:
        SetupError: It failed; with the end of what it printed.
    """
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=TIMEOUT_S)
    if done.returncode:
        printed = (done.stderr or done.stdout).strip()[-2000:]
        raise SetupError(
            f"`{Path(words[0]).name} {' '.join(map(str, words[1:4]))} …` to end well",
            f"status {done.returncode}",
            f"see the end of what it printed:\n{printed}",
        )
