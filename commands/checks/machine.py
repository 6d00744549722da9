"""Checks of this machine: interpreter, C library, packages, memory, disk, folder, ports."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import sys
from contextlib import closing
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

import filelock
import psutil
from packaging.requirements import Requirement

from commands.checks.check import Checks
from commands.server_looks import NOT_OURS, look_at_service
from pipeline.hyper_parameters import train_settings
from pipeline.settings import Settings
from schema.errors import SetupError

__all__ = ["CHECKS", "check_disk", "only_run"]

PACKAGE = "two-tower-tfx"
PYTHON = (3, 11)
GLIBC = (2, 39)
"""Of the wheels of ml-metadata and TFDV."""
NEEDED_BYTES = 2 * 1024**3
"""Free disk of a run."""
MEMORY_BYTES = 3 * 1024**3
"""Peak memory of a run on MovieLens-100K (`make bench`)."""
_CGROUP = Path("/sys/fs/cgroup")


def check_python(_: Settings) -> str:
    """The wheels of TFX are for one version."""
    found = platform.python_version()
    if sys.version_info[:2] != PYTHON:
        raise SetupError("Python 3.11", found, "run `make PYTHON=/path/to/python3.11`")
    return found


def check_machine(_: Settings) -> str:
    """The wheels are for Linux on x86-64."""
    found = f"{sys.platform} on {platform.machine()}"
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise SetupError("Linux on x86_64", found, "use a Linux machine or container")
    return found


def check_glibc(_: Settings) -> str:
    """The C library that this Python runs on, which `make setup` may have brought."""
    found = (os.confstr("CS_GNU_LIBC_VERSION") or "glibc 0").split()[-1]
    if tuple(int(part) for part in found.split(".")) < GLIBC:
        raise SetupError(
            "glibc 2.39 or newer", found, "run `make setup` on Debian 12, Ubuntu 22.04 or newer"
        )
    return found


def check_packages(_: Settings) -> str:
    """Packages whose version is fixed."""
    wanted = [Requirement(line) for line in metadata.requires(PACKAGE) or ()]
    pinned = [one for one in wanted if not one.marker and "==" in str(one.specifier)]
    wrong = [f"{one.name} {got}" for one in pinned if (got := _installed(one)) not in one.specifier]
    if wrong:
        need = ", ".join(str(one) for one in pinned if any(w.startswith(one.name) for w in wrong))
        raise SetupError(need, ", ".join(wrong), "install requirements.lock, or run `make setup`")
    return f"{len(pinned)} pinned packages as setup.py wants them"


def _installed(requirement: Requirement) -> str:
    try:
        return metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return "0"


def check_hyper_parameters(settings: Settings) -> str:
    """TRAIN, and what a run overrides."""
    return f"{train_settings(settings).epochs} epochs"


def check_memory(_: Settings) -> str:
    """What is available, within the container's limit."""
    free = min([psutil.virtual_memory().available, *_limit()])
    found = f"{free / 1024**3:.1f} GiB"
    if free < MEMORY_BYTES:
        raise SetupError(
            "3 GiB of memory available", found, "free some, or give the machine or container more"
        )
    return f"{found} available"


def _limit() -> list[int]:
    """Bytes left of the limit of this process's control group, if there is one."""
    try:
        limit = (_CGROUP / "memory.max").read_text().strip()
        used = int((_CGROUP / "memory.current").read_text())
    except (OSError, ValueError):
        return []
    return [int(limit) - used] if limit.isdecimal() else []


def check_disk(settings: Settings) -> str:
    """Free space where the run writes."""
    existing = next(path for path in (settings.folder, *settings.folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    found = f"{free / 1024**3:.1f} GiB"
    if free < NEEDED_BYTES:
        raise SetupError(
            f"{NEEDED_BYTES >> 30} GiB free in {settings.folder}", found,
            "free some, or set FOLDER to another disk",
        )  # fmt: skip
    return f"{found} free in {existing}"


def check_folder(settings: Settings) -> str:
    """It can be written to, or made."""
    existing = next(path for path in (settings.folder, *settings.folder.parents) if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise SetupError(
            f"a folder {settings.folder} to write to", "none", "set FOLDER to another one"
        )
    return str(settings.folder)


def check_lock(settings: Settings) -> str:
    """No run is under way in the folder."""
    if not (settings.folder / "run.lock").exists():
        return "no run yet"
    only_run(settings).release()
    return "no run under way"


def only_run(settings: Settings) -> filelock.BaseFileLock:
    """The lock of a run, taken.

    Raises:
        SetupError: another run holds it.
    """
    lock = filelock.FileLock(settings.folder / "run.lock", blocking=False)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise SetupError(
            "no other run in this folder", "one under way", "wait for it, or set FOLDER to another"
        ) from error
    return lock


def check_port(settings: Settings) -> str:
    """The service's port is free, or the service listens there."""
    parts = urlsplit(settings.service_url)
    host, port = parts.hostname or "", parts.port or 80
    with closing(socket.socket()) as asking:
        asking.settimeout(0.5)
        if asking.connect_ex((host, port)):
            return f"{port} is free"
    if look_at_service(settings.service_url).state != NOT_OURS:
        return f"the service listens on {port}"
    raise SetupError(
        f"port {port} free, or our service there", "another program",
        "give another: `make serve PORT=<port>`, with SERVICE_URL for `make recommend`",
    )  # fmt: skip


CHECKS: Checks[Settings] = {
    "Python": check_python,
    "machine": check_machine,
    "glibc": check_glibc,
    "packages": check_packages,
    "hyper-parameters": check_hyper_parameters,
    "memory": check_memory,
    "disk": check_disk,
    "folder": check_folder,
    "other runs": check_lock,
    "port": check_port,
}
