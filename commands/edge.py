"""`two-tower edge`: the edge function on this machine, beside the last run's database."""

from __future__ import annotations

import signal

import click
from rich.console import Console

from commands.given import with_settings
from pipeline.local.source import source_database
from pipeline.settings import Settings
from releases.registry import live_version
from schema.database import session
from schema.errors import SetupError
from serving.deno import deno_at_hand
from serving.edge_auth import auth_server
from serving.edge_function import EdgeFunction, bring_packages
from serving.edge_tokens import Signer
from serving.recommender.people import sample_users
from serving.supervisor import Supervisor

__all__ = ["command"]


@click.command("edge")
@click.option("--port", default=8083, show_default=True, help="Of the function, on loopback.")
@with_settings
def command(settings: Settings, port: int) -> None:
    """Serve the Supabase Edge Function until Ctrl-C, and print a call with a user's token.

    Needs npm, or Deno. The key that signs the token ends with this command.
    """
    console, cache = Console(), settings.folder / "deno"
    deno, signer = deno_at_hand(cache), Signer()
    bring_packages(deno, cache / "packages")
    with source_database(settings) as (url, name), auth_server(signer) as supabase_url:
        console.print(f"database: {name}", highlight=False, soft_wrap=True)
        function = EdgeFunction(
            deno, cache / "packages", port, url, supabase_url, settings.models,
            settings.model_server_url,
        )  # fmt: skip
        token = signer.token(supabase_url, _user(url))
        console.print(
            f"curl '{function.url}?limit=5' -H 'Authorization: Bearer {token}'",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
        group = Supervisor([function.child])
        signal.signal(signal.SIGTERM, lambda *_: group.stop())
        signal.signal(signal.SIGINT, lambda *_: group.stop())
        group.run()


def _user(url: str) -> str:
    """The user with the most decisions."""
    with session(url, readonly=True) as connection:
        if not live_version(connection):
            raise SetupError("a live version", "none", "start with `make run`")
        (user,) = sample_users(connection, 1)
    return user
