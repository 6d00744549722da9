"""What the registry keeps of a run's settings, code and lock file."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

from pipeline.made_by import made_by
from pipeline.settings import Settings, from_environment

ROOT = Path(__file__).parents[2]


def test_the_settings_that_are_not_the_default_stand_there_as_variables(tmp_path: Path) -> None:
    given = {"SEED": "8", "MIRROR": "0", "EPOCHS": "3"}
    settings = from_environment({**given, "FOLDER": str(tmp_path), "SERVICE_URL": "http://x"})
    assert json.loads(made_by(settings))["settings"] == given
    assert from_environment(given) == settings.replaced(
        folder=Settings().folder, service_url=Settings().service_url
    )


def test_code_and_lock_file_are_named(tmp_path: Path) -> None:
    found = json.loads(made_by(Settings(folder=tmp_path)))
    lock = (ROOT / "requirements.lock").read_bytes()
    assert found["lock"] == hashlib.sha256(lock).hexdigest()[:16]
    head = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    ).stdout
    assert head.startswith(found["code"]["commit"].rstrip("+"))
