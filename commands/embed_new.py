"""`two-tower embed-new [--watch SECONDS]`."""

from __future__ import annotations

import time

import click
from rich.console import Console

from commands.given import with_settings
from pipeline.local.source import source_database
from pipeline.settings import Settings
from releases.migrate import migrate
from schema.database import session
from schema.errors import LostConnectionError, ModelServerError, ReleaseError
from schema.signatures import MODEL_NAME
from serving.launcher import model_server
from serving.model_client import ModelServerClient
from serving.new_embeddings import embed_new

__all__ = ["command"]


@click.command("embed-new")
@click.option("--watch", default=0.0, help="Seconds between rounds; 0: one round.")
@with_settings
def command(settings: Settings, watch: float) -> None:
    """Embed the users and videos that the live version lacks."""
    console = Console()
    with (
        source_database(settings) as (url, _),
        model_server(settings.models, settings.model_server_url) as server,
        ModelServerClient(server.ready(), MODEL_NAME) as client,
    ):
        with session(url) as connection:
            migrate(connection)
        if not _round(url, client, settings, console):
            console.print("nothing to add: every user and video has a vector")
        while watch:
            time.sleep(watch)
            try:
                _round(url, client, settings, console)
            except (LostConnectionError, ModelServerError, ReleaseError) as error:
                console.print(f"tried again in {watch:g} s: {error}", soft_wrap=True)


def _round(url: str, client: ModelServerClient, settings: Settings, console: Console) -> bool:
    """Whether anything was added; it is printed."""
    with session(url) as connection:
        added = embed_new(connection, client, mirror=settings.mirror)
    if any(added.values()):
        rows = ", ".join(f"{count:,} {side}s" for side, count in added.items())
        console.print(f"added {rows}", highlight=False)
    return any(added.values())
