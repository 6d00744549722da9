"""The script that the TFX CLI registers and runs; `python pipeline/run.py` does the same."""

from __future__ import annotations

import os

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

from tfx.orchestration.local.local_dag_runner import LocalDagRunner

from pipeline.definition import create_pipeline
from pipeline.settings import from_environment


def main() -> None:
    """Runs every node on this machine."""
    LocalDagRunner().run(create_pipeline(from_environment()))


if __name__ in {"__main__"}:
    main()
