"""`two-tower run`."""

from __future__ import annotations

import shutil
import time

import click
import filelock
from rich.console import Console

from commands.given import with_settings
from commands.output import show_run
from pipeline.local.source import source_database
from pipeline.local.tfx_cli import registration, run_pipeline
from pipeline.settings import Settings
from releases.experiments.registry import running
from releases.price import price_lines
from schema.database import session
from schema.errors import ReleaseError, SetupError
from schema.signatures import MODEL_NAME
from serving.launcher import model_server
from serving.model_client import ModelServerClient

__all__ = ["command"]

NEEDED_BYTES = 2 * 1024**3


@click.command("run")
@with_settings
def command(settings: Settings) -> None:
    """Run from Postgres to a served model, and print ten recommendations for one user."""
    console = Console()
    started = time.monotonic()
    _check_disk(settings)
    with (
        _only_run(settings),
        registration(settings) as registered,
        source_database(settings) as (url, name),
    ):
        console.print(f"database: {name}", highlight=False, soft_wrap=True)
        _check_experiment(url)
        _show_price(url, settings, console)
        registered()
        # The server imports its packages while the TFX CLI imports its own.
        with model_server(settings.models, settings.model_server_url) as server:
            run_pipeline(settings, url, server.url, console)
            with (
                ModelServerClient(server.ready(), MODEL_NAME) as client,
                session(url, readonly=True) as connection,
            ):
                show_run(settings, connection, client, console, started)


def _check_experiment(url: str) -> None:
    """Refuse early what the Pusher would refuse after an hour."""
    with session(url, readonly=True) as connection:
        found = running(connection)
    if found:
        raise ReleaseError(
            "no running experiment, since the model server serves two versions",
            f"{found.name!r}, of versions {found.control} and {found.candidate}",
            f"end it by `make ab-stop NAME={found.name}`",
        )


def _show_price(url: str, settings: Settings, console: Console) -> None:
    if settings.mirror:
        with session(url, readonly=True) as connection:
            for line in price_lines(connection):
                console.print(line, highlight=False, soft_wrap=True)


def _check_disk(settings: Settings) -> None:
    settings.folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.folder).free
    if free < NEEDED_BYTES:
        raise SetupError(
            f"{NEEDED_BYTES >> 30} GiB free in {settings.folder}",
            f"{free / 1024**3:.1f} GiB", "free some, or set FOLDER to another disk",
        )  # fmt: skip


def _only_run(settings: Settings) -> filelock.BaseFileLock:
    lock = filelock.FileLock(settings.folder / "run.lock", blocking=False)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise SetupError(
            "no other run in this folder", "one under way", "wait for it, or set FOLDER to another"
        ) from error
    return lock
