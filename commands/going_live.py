"""The switch to a kept version by hand, for `make promote` and `make rollback`."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console

from pipeline.local.source import source_database
from pipeline.settings import Settings
from pipeline.tracking import name_champion
from releases.migrate import migrate
from releases.mirror import vacuum
from releases.registry import live_version
from releases.search import NOBODY
from releases.served import kept_models, serve_only
from releases.switch import Switched, switch
from schema.database import Connection, session
from schema.signatures import MODEL_NAME
from serving.launcher import model_server
from serving.model_client import ModelServerClient
from serving.user_features import extract_user_features

__all__ = ["go_live"]

LOADED_WITHIN_S = 60.0


def go_live(settings: Settings, choose: Callable[[Connection], str]) -> None:
    """Switch to the chosen version once the model server answers by it; print what was done."""
    with (
        source_database(settings) as (url, _),
        model_server(settings.models, settings.model_server_url) as server,
    ):
        with session(url) as connection:
            migrate(connection)
            version, live = choose(connection), live_version(connection)
        serve_only(settings.models, {version} | ({live} & kept_models(settings.models)))
        with ModelServerClient(server.ready(), MODEL_NAME) as client:
            _check_answer(url, client, version)
        with session(url) as connection:
            done = switch(connection, version, mirror=settings.mirror)
        if done.mirrored:
            with session(url) as connection:
                vacuum(connection)
    name_champion(done.version)
    Console().print(_said(done), highlight=False)


def _check_answer(url: str, client: ModelServerClient, version: str) -> None:
    """Raises ModelServerError unless the version gives a finite vector for a new user."""
    client.wait_until_available(version, LOADED_WITHIN_S)
    with session(url, readonly=True) as connection:
        client.embed_users([extract_user_features(connection, NOBODY)], version)


def _said(done: Switched) -> str:
    if done.version == done.previous:
        return f"version {done.version} is live already"
    before = f", {done.previous} before" if done.previous else ""
    return f"version {done.version} is live{before}: {done.mirrored:,} rows in {done.seconds:.1f} s"
