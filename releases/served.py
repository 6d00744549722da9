"""The folder that the model server polls, and which of its versions are served.

A server with `latest { num_versions: 2 }` serves the two highest numbers. A version that must not
be among them is withdrawn: renamed to a name that is no number, which the server does not see.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Collection
from pathlib import Path

from schema.errors import ReleaseError

__all__ = ["kept_models", "remove_models", "serve_only"]

_LOG = logging.getLogger(__name__)

WITHDRAWN = ".withdrawn-"
REMOVED = ".removed-"


def kept_models(base: Path) -> set[str]:
    """Versions with a model in the folder, withdrawn ones included."""
    names = {path.name.removeprefix(WITHDRAWN) for path in base.glob("*")}
    return {name for name in names if name.isdecimal()}


def serve_only(base: Path, wanted: Collection[str]) -> None:
    """Make these versions, two at most, the highest numbers in the folder.

    Raises:
        ReleaseError: one of them has no model there; nothing is changed then.
    """
    missing = sorted(set(wanted) - kept_models(base))
    if missing:
        raise ReleaseError(
            f"a model of version {missing[0]} in {base}", "none", "it was removed: train again"
        )
    for version in wanted:  # first, so that at no time fewer are served than before
        if not (base / version).exists():
            (base / f"{WITHDRAWN}{version}").rename(base / version)
    lowest = min(map(int, wanted), default=0)
    for path in base.glob("[0-9]*"):
        if path.name.isdecimal() and int(path.name) > lowest and path.name not in wanted:
            _LOG.info("version %s is withdrawn from the model server", path.name)
            path.rename(base / f"{WITHDRAWN}{path.name}")


def remove_models(base: Path, gone: Collection[str]) -> None:
    """Remove these versions' models; each is renamed first, so that no server loads half of one.

    A version that the registry does not know stays: it may be another database's.
    """
    for version in kept_models(base) & set(gone):
        for name in (version, f"{WITHDRAWN}{version}"):
            if (base / name).exists():
                (base / name).rename(base / f"{REMOVED}{version}")
    for left in base.glob(f"{REMOVED}*"):
        shutil.rmtree(left, ignore_errors=True)
