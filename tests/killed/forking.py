"""Forks the pipeline's script on request, from a process that has TFX imported and does no more.

A test's own process may have run TensorFlow, whose threads a fork leaves behind.

`python -m tests.killed.forking` reads `["folder", "url", "model server"]` a line, and answers by
the number of the process, then by the status with which that ended.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path
from typing import NoReturn


def main() -> None:
    """One attempt after the other, until the input ends."""
    import pipeline.definition
    import pipeline.orchestrators.local  # noqa: F401  # once, for all forks

    for line in sys.stdin:
        folder, url, server = json.loads(line)
        attempt = os.fork()
        if not attempt:
            _run(Path(folder), url, server)
        _say(attempt)
        _say(os.waitstatus_to_exitcode(os.waitpid(attempt, 0)[1]))


def _run(folder: Path, url: str, server: str) -> NoReturn:
    """In the forked child."""
    try:
        log = os.open(folder / "run.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for ours in (1, 2):
            os.dup2(log, ours)
        os.environ.update(FOLDER=str(folder), DATABASE_URL=url, MODEL_SERVER_URL=server)
        from pipeline.run import main as run

        run()
        os._exit(0)
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
