"""`two-tower run`."""

from __future__ import annotations

import time

import click
from rich.console import Console

from commands.checks.machine import check_disk, only_run
from commands.checks.releases import check_experiment
from commands.given import with_settings
from commands.output import show_run
from pipeline.local.facets import fetch_facets
from pipeline.local.source import source_database
from pipeline.local.tfx_cli import registration, run_pipeline
from pipeline.settings import Settings
from pipeline.tracking import check_tracking, tracked
from pipeline.webhook import reporting
from releases.price import price_lines
from schema.database import session
from schema.signatures import MODEL_NAME
from serving.launcher import model_server
from serving.model_client import ModelServerClient

__all__ = ["command"]


@click.command("run")
@with_settings
def command(settings: Settings) -> None:
    """Run from Postgres to a served model, and print ten recommendations for one user."""
    with reporting() as news:
        check_tracking()
        with tracked(settings):
            news.extend(_run(settings))


def _run(settings: Settings) -> list[str]:
    """Run; news for people who are not there."""
    console = Console()
    started = time.monotonic()
    check_disk(settings)
    settings.folder.mkdir(parents=True, exist_ok=True)
    if settings.facets_wheel:
        fetch_facets(settings.facets_wheel)
    with (
        only_run(settings),
        registration(settings) as registered,
        source_database(settings) as (url, name),
    ):
        console.print(f"database: {name}", highlight=False, soft_wrap=True)
        with session(url, readonly=True) as connection:
            check_experiment(connection)
        _show_price(url, settings, console)
        registered()
        # The server imports its packages while the TFX CLI imports its own.
        with model_server(settings.models, settings.model_server_url) as server:
            run_pipeline(settings, url, server.url, console)
            with (
                ModelServerClient(server.ready(), MODEL_NAME) as client,
                session(url, readonly=True) as connection,
            ):
                return show_run(settings, connection, client, console, started)


def _show_price(url: str, settings: Settings, console: Console) -> None:
    if settings.mirror:
        with session(url, readonly=True) as connection:
            for line in price_lines(connection):
                console.print(line, highlight=False, soft_wrap=True)
