"""The pipeline through the TFX CLI: registered once, then run, with its output in a log file."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO

from rich.console import Console

from pipeline.failures import of_log, of_status
from pipeline.local.terminal import NodeLines, read_events
from pipeline.settings import DATABASE_URL, MODEL_SERVER_URL, PIPELINE_NAME, WEBHOOK_URL, Settings
from schema.errors import SetupError, TwoTowerError
from schema.parent_death import end_with_parent

__all__ = ["end_with_cli", "registration", "run_pipeline"]

ENDS_WITH_PARENT = "ENDS_WITH_PARENT"
"""Name of the environment variable by which the script ends with the CLI that started it."""

TFX = "pipeline.local.tfx_process"
SCRIPT = Path(__file__).resolve().parents[1] / "run.py"
POLL_S = 0.2
LOG_BYTES = 1 << 20


@contextmanager
def registration(settings: Settings) -> Iterator[Callable[[], None]]:
    """`tfx pipeline create`, or `update` if the script or the folder has moved, in the background.

    Yields:
        A function that waits for it, and raises TwoTowerError if the CLI fails.
    """
    registered = settings.folder / "tfx" / PIPELINE_NAME / "pipeline_args.json"
    text = registered.read_text() if registered.exists() else ""
    if f'"{SCRIPT}"' in text and f'"{settings.folder}/' in text:
        settings.log.write_bytes(b"")
        yield lambda: None
        return
    verb = "update" if registered.exists() else "create"
    with settings.log.open("w") as log:
        process = _tfx(settings, log, "pipeline", verb, "--pipeline-path", str(SCRIPT))
        try:
            yield lambda: _check(process.wait(), settings, None)
        finally:
            _end(process)


def run_pipeline(
    settings: Settings, database_url: str, model_server_url: str, console: Console
) -> None:
    """`tfx run create`, with a line on the terminal for each node.

    Raises:
        NotBlessedError: if a gate refused the model; the text is the run's own.
        TwoTowerError: if a node or the release failed.
    """
    settings.progress.unlink(missing_ok=True)
    words = ("run", "create", "--pipeline-name", PIPELINE_NAME)
    more = {
        DATABASE_URL: database_url, MODEL_SERVER_URL: model_server_url, ENDS_WITH_PARENT: "1",
    }  # fmt: skip
    with settings.log.open("a") as log:
        run = _tfx(settings, log, *words, **more)
        try:
            ended, reason = _shown(run, settings, console)
        finally:
            _end(run)
    _check(ended, settings, reason)


def _shown(
    run: subprocess.Popen[bytes], settings: Settings, console: Console
) -> tuple[int, TwoTowerError | None]:
    """Show the nodes until the run ends.

    Returns:
        The status of the run, and its failure or None.
    """
    position = 0
    with NodeLines(console) as lines:
        while True:
            ended = run.poll()
            events, position = read_events(settings.progress, position)
            lines.show(events)
            if ended is not None:
                return ended, lines.error
            time.sleep(POLL_S)


def end_with_cli() -> None:
    """Called by the script: end it with the CLI, if `run_pipeline` started that."""
    if os.environ.get(ENDS_WITH_PARENT):
        end_with_parent(os.getsid(0))  # the TFX CLI leads a session


def _tfx(settings: Settings, log: IO[str], *words: str, **more: str) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "LOCAL_HOME": str(settings.folder / "tfx"),
        "TF_USE_LEGACY_KERAS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        DATABASE_URL: "",
        WEBHOOK_URL: "",
        **more,
    }
    return subprocess.Popen(
        [sys.executable, "-m", TFX, *words, "--engine=local"],
        stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment,
        start_new_session=True,
        preexec_fn=partial(end_with_parent, os.getpid()),  # noqa: PLW1509  # no thread runs yet
    )  # fmt: skip


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the CLI and all that it started: the script, and the script's nodes."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    process.wait()


def _check(status: int, settings: Settings, reason: TwoTowerError | None) -> None:
    """Raise if the CLI failed: the run's own failure, else the last error in the log."""
    if status == 0:
        return
    if reason:
        raise reason
    if shutil.disk_usage(settings.folder).free < LOG_BYTES:  # the log may be incomplete
        raise SetupError(f"disk space in {settings.folder}", "none", "free some, then run it again")
    found = of_log(settings.log, "the run") if status > 0 else None
    raise found or of_status(status, "the TFX CLI", f"see {settings.log}")
