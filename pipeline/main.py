"""What `make run`, `recommend`, `features` and `review` start. TFX is imported by none of them."""

from __future__ import annotations

import argparse
import logging
import shutil
import signal
import sys
import time
from collections.abc import Callable

import filelock
from rich.console import Console

from components.model_review.page import redraw
from pipeline.failures import of_error
from pipeline.features_table import features_table, parse_question, parse_uuid
from pipeline.local.source import source_database
from pipeline.local.tfx_cli import registration, run_pipeline
from pipeline.settings import Settings, from_environment
from pipeline.showing import RECOMMENDED, show_answer, show_run
from schema.database import session
from schema.errors import SetupError
from schema.signatures import MODEL_NAME
from serving.client import ModelServerClient
from serving.launcher import model_server
from serving.parent_death import end_with_parent
from serving.recommender import recommend_videos

__all__ = ["main"]

NEEDED_BYTES = 2 * 1024**3


def main() -> None:
    """Parses the command line; any error ends in one line and status 1."""
    arguments = _arguments()
    # A plain end by SIGTERM would leave database, model server and nodes behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("error: ended by SIGTERM"))
    if arguments.parent:
        end_with_parent(arguments.parent, signal.SIGTERM)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        arguments.command(from_environment(), arguments)
    except Exception as error:
        if arguments.verbose:
            raise
        told = of_error(error, "the command", "VERBOSE=1, or --verbose, shows where")
        sys.exit(f"error: {told}")
    except KeyboardInterrupt:
        sys.exit("interrupted: a rerun goes on from the last finished node")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m pipeline.main", description=__doc__)
    parser.add_argument("--verbose", action="store_true", help="show tracebacks")
    parser.add_argument(
        "--parent", type=int, help="id of the process to end with, as make gives it"
    )
    commands = parser.add_subparsers(required=True)
    table: dict[str, Callable[[Settings, argparse.Namespace], None]]
    table = {"run": run, "recommend": recommend, "features": features, "review": review}
    for name, command in table.items():
        one = commands.add_parser(name, help=(command.__doc__ or "").splitlines()[0])
        one.set_defaults(command=command)
        if command is recommend:
            one.add_argument("user", help="a user_id")
        if command is features:
            one.add_argument("--user", default="", help="a user_id")
            one.add_argument("--video", default="", help="a video_id")
            one.add_argument("--at", default="", help="ISO 8601 with a zone; now, if not given")
    return parser.parse_args()


def run(settings: Settings, _: argparse.Namespace) -> None:
    """From Postgres to a served model, and ten recommendations for one user."""
    console = Console()
    started = time.monotonic()
    _check_disk(settings)
    with (
        _only_run(settings),
        registration(settings) as registered,
        source_database(settings) as (url, name),
    ):
        console.print(f"database: {name}", highlight=False, soft_wrap=True)
        registered()
        # The server's imports pass beside those of the TFX CLI.
        with model_server(settings.models, settings.model_server_url) as server:
            run_pipeline(settings, url, console)
            with (
                ModelServerClient(server(), MODEL_NAME) as client,
                session(url, readonly=True) as connection,
            ):
                show_run(settings, connection, client, console, started)


def recommend(settings: Settings, arguments: argparse.Namespace) -> None:
    """The best videos for one user, from what the last run released."""
    user = parse_uuid(arguments.user, "user", "make recommend USER=<id>")
    if not settings.model_server_url and not any(settings.models.glob("[0-9]*")):
        raise SetupError(f"a released model in {settings.models}", "none", "start with `make run`")
    with (
        source_database(settings) as (url, _),
        session(url, readonly=True) as connection,
        model_server(settings.models, settings.model_server_url) as server,
        ModelServerClient(server(), MODEL_NAME) as client,
    ):
        answer = recommend_videos(connection, client, user, RECOMMENDED)
        show_answer(connection, user, answer, Console())


def features(settings: Settings, arguments: argparse.Namespace) -> None:
    """The raw features of one user at a moment, or of one video."""
    asked = parse_question(arguments.user, arguments.video, arguments.at)
    with (
        source_database(settings) as (url, _),
        session(url, readonly=True) as connection,
    ):
        Console().print(features_table(connection, asked))


def review(settings: Settings, _: argparse.Namespace) -> None:
    """Writes the last run's model review anew, and names the page."""
    if not settings.review_figures.exists():
        raise SetupError("a finished run", "none", "start with `make run`")
    redraw(settings.review_page)
    Console().print(str(settings.review_page), highlight=False, soft_wrap=True)


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


if __name__ == "__main__":
    main()
