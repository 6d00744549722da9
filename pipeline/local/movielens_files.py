"""Download and reading of the files of MovieLens-100K."""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from schema.errors import SetupError

__all__ = ["fetch", "rows"]

REQUIREMENT = (
    "recbole==1.2.1 "
    "--hash=sha256:9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407\n"
)
INSIDE_WHEEL = "recbole/dataset_example/ml-100k/"
FILES = tuple(f"ml-100k.{kind}" for kind in ("inter", "item", "user", "kg", "link"))
DOWNLOAD_TIMEOUT_S = 300


def fetch(cache: Path) -> Path:
    """The folder with the five files; the wheel (2 MB) is downloaded if one is missing."""
    if all((cache / name).exists() for name in FILES):
        return cache
    with tempfile.TemporaryDirectory() as scratch:
        wheel = _download(Path(scratch))
        with zipfile.ZipFile(wheel) as archive:
            for name in FILES:
                _write(cache / name, archive.read(INSIDE_WHEEL + name))
    return cache


def rows(path: Path) -> Iterator[dict[str, str]]:
    """One dict per line: column name, without its ":type", to text."""
    with path.open(encoding="utf-8", newline="") as lines:
        table = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        names = [name.partition(":")[0] for name in next(table)]
        for line in table:
            yield dict(zip(names, line, strict=True))


def _write(path: Path, content: bytes) -> None:
    """Write under another name, then rename, so that an interrupted run leaves no partial file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def _download(scratch: Path) -> Path:
    """Download the wheel with this hash; nothing of it is installed or run."""
    (scratch / "requirements.txt").write_text(REQUIREMENT)
    command = [
        sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet",
        "--no-deps", "--only-binary=:all:", "--require-hashes", "-d", str(scratch),
        "-r", str(scratch / "requirements.txt"),
    ]  # fmt: skip
    try:
        subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=DOWNLOAD_TIMEOUT_S
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise _failed(error) from error
    return next(scratch.glob("*.whl"))


def _failed(error: subprocess.CalledProcessError | subprocess.TimeoutExpired) -> SetupError:
    said = error.stderr if isinstance(error, subprocess.CalledProcessError) else str(error)
    last = (said or "no word").strip().splitlines()[-1]
    return SetupError(
        "the sample data from the package index", f'"{last}"', "go online, or set DATABASE_URL"
    )
