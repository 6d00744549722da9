"""Checks of what is released: experiment, model of the live version, model server."""

from __future__ import annotations

from commands.checks.check import Checks
from commands.checks.database import Site
from commands.server_looks import READY, look_at_model_server
from releases.experiments.registry import running
from releases.registry import live_version
from releases.served import kept_models
from schema.database import Connection
from schema.errors import ModelServerError, ReleaseError
from serving.launcher import kind_at_hand

__all__ = ["CHECKS", "check_experiment"]


def check_experiment(connection: Connection) -> str:
    """A run needs the model server's two places: the Pusher would refuse after an hour."""
    if found := running(connection):
        raise ReleaseError(
            "no running experiment, since the model server serves two versions",
            f"{found.name!r}, of versions {found.control} and {found.candidate}",
            f"end it by `make ab-stop NAME={found.name}`",
        )
    return "none runs"


def check_model(site: Site) -> str:
    """The live version's model is in the folder that the model server polls."""
    live, models = live_version(site.connection), site.settings.models
    if not live:
        return "no version is live"
    if live not in kept_models(models) and not site.settings.model_server_url:
        raise ReleaseError(
            f"a model of the live version {live} in {models}", "none",
            "set FOLDER to that of the run that made it, or run again",
        )  # fmt: skip
    return f"version {live}"


def check_model_server(site: Site) -> str:
    """The given one answers, by the live version too; else one can be started here."""
    url = site.settings.model_server_url
    if not url:
        return f"{kind_at_hand()}, when it is needed"
    found, live = look_at_model_server(url), live_version(site.connection)
    if found.state != READY:
        raise ModelServerError(
            f"a model server at {url}", "no answer", "start it, or correct MODEL_SERVER_URL"
        )
    if live and found.parts.get(live) != "AVAILABLE":
        raise ModelServerError(
            f"version {live} AVAILABLE at {url}", found.parts.get(live, "no such version"),
            "let it poll the folder `models` and serve its two newest versions",
        )  # fmt: skip
    return f"{url} serves {live or 'no version of ours yet'}"


CHECKS: Checks[Site] = {
    "experiment": lambda site: check_experiment(site.connection),
    "model": check_model,
    "model server": check_model_server,
}
