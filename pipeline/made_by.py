"""What makes a run's model, beside its data: settings, code and lock file, for the registry."""

from __future__ import annotations

import hashlib
import json
import subprocess

from pipeline.code_hash import ROOT, code_hash
from pipeline.settings import Settings

__all__ = ["made_by"]

_NOT_OF_THE_MODEL = {
    "beam_options", "beam_workers", "facets", "folder", "kubeflow_image", "kubeflow_root",
    "model_server_url", "node_deadline_s", "nodes_at_once", "readers", "runner", "service_url",
    "train_end", "valid_end", "eval_end",
}  # fmt: skip
"""Settings of the machine; and the ends of the windows, which the registry has by themselves."""


def made_by(settings: Settings) -> str:
    """JSON: settings that are not the default, as variables; hashes of code and lock file."""
    lock = ROOT / "requirements.lock"
    return json.dumps(
        {
            "settings": _changed(settings),
            "code": {"commit": _commit(), "trainer": code_hash("components.trainer.component")},
            "lock": hashlib.sha256(lock.read_bytes()).hexdigest()[:16] if lock.exists() else "",
        },
        sort_keys=True,
    )


def _changed(settings: Settings) -> dict[str, str]:
    given = settings.model_dump(mode="json", exclude_defaults=True, exclude=_NOT_OF_THE_MODEL)
    return {
        name.upper(): str(int(value)) if isinstance(value, bool) else str(value)
        for name, value in given.items()
    }


def _commit() -> str:
    """The commit, with a plus sign if files differ from it; empty outside a repository."""
    found = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--abbrev=12", "--dirty=+"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return found.stdout.strip()
