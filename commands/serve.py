"""`two-tower serve`: database, model server and recommender as one group."""

from __future__ import annotations

import signal
import sys
import tempfile
from pathlib import Path

import click
from rich.console import Console

from commands.given import with_settings
from pipeline.local.source import source_database
from pipeline.settings import DATABASE_URL, MODEL_SERVER_URL, Settings
from releases.migrate import migrate
from schema.database import session
from serving.launch_command import launch_command
from serving.launcher import free_port, kind_at_hand
from serving.supervisor import Child, Supervisor

__all__ = ["command"]


@click.command("serve")
@click.option("--port", default=8080, show_default=True, help="Of the service, on loopback.")
@with_settings
def command(settings: Settings, port: int) -> None:
    """Serve recommendations until Ctrl-C; a process that dies is started again."""
    console = Console()
    with source_database(settings) as (url, name), tempfile.TemporaryDirectory() as folder:
        console.print(f"database: {name}", highlight=False, soft_wrap=True)
        with session(url) as connection:
            migrate(connection)
        group = Supervisor(_children(settings, url, Path(folder), port))
        signal.signal(signal.SIGTERM, lambda *_: group.stop())
        signal.signal(signal.SIGINT, lambda *_: group.stop())
        group.run()


def _children(settings: Settings, url: str, folder: Path, port: int) -> list[Child]:
    """The model server, unless one is given, and the service."""
    children, server = list[Child](), settings.model_server_url
    if not server:
        kind, own = kind_at_hand(), free_port()
        server = f"http://127.0.0.1:{own}"
        command = launch_command(kind, settings.models, folder, own)
        children.append(Child(f"model server ({kind})", command))
    environment = {DATABASE_URL: url, MODEL_SERVER_URL: server}
    service = [sys.executable, "-m", "serving.api", "--port", str(port)]
    return [*children, Child("service", service, environment)]
