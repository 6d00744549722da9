"""`two-tower recommend USER`."""

from __future__ import annotations

import click
from rich.console import Console

from commands.features_table import parse_uuid
from commands.given import as_json, print_json, with_settings
from commands.output import RECOMMENDED, answer_data, show_answer
from commands.running_service import ask_service, service_data, show_service_answer
from pipeline.local.source import source_database
from pipeline.settings import Settings
from schema.database import session
from schema.errors import SetupError
from schema.signatures import MODEL_NAME
from serving.launcher import model_server
from serving.model_client import ModelServerClient
from serving.recommender.recommend import recommend_videos

__all__ = ["command"]


@click.command("recommend")
@click.argument("user")
@as_json
@with_settings
def command(settings: Settings, user: str, *, as_json: bool) -> None:
    """Print the best videos for one user, by a running service, else by the live model."""
    user = parse_uuid(user, "user", "make recommend USER=<id>")
    answered = ask_service(settings.service_url, user, RECOMMENDED)
    if answered:
        if as_json:
            print_json(service_data(answered))
        else:
            show_service_answer(answered, Console())
        return
    if not settings.model_server_url and not any(settings.models.glob("[0-9]*")):
        raise SetupError(f"a released model in {settings.models}", "none", "start with `make run`")
    with (
        source_database(settings) as (url, _),
        session(url, readonly=True) as connection,
        model_server(settings.models, settings.model_server_url) as server,
        ModelServerClient(server.ready(), MODEL_NAME) as client,
    ):
        answer = recommend_videos(connection, client, user, RECOMMENDED)
        if as_json:
            print_json(answer_data(answer))
        else:
            show_answer(connection, user, answer, Console())
