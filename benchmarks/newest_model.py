"""The model that the benches of servers take: the newest released one."""

from __future__ import annotations

from pathlib import Path

from pipeline.settings import Settings
from schema.errors import SetupError

__all__ = ["newest_model"]


def newest_model(settings: Settings) -> Path:
    """Folder of the newest released model.

    Raises:
        SetupError: no run has released one.
    """
    found = max(settings.models.glob("[0-9]*"), key=lambda one: int(one.name), default=None)
    if not found:
        raise SetupError(f"a released model in {settings.models}", "none", "start with `make run`")
    return found
