"""What happens to the group during the soak: releases, a rollback, kills and a restart."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from benchmarks.serving.group import Group
from benchmarks.serving.replies import Model, Vectors
from pipeline.local.postgres_server import PostgresServer
from pipeline.settings import DATABASE_URL, MODEL_SERVER_URL
from releases.registry import State, live_version, mark
from releases.vectors import Embeddings, stage_version
from schema.database import session
from schema.feature import Side
from schema.signatures import MODEL_NAME
from serving.model_client import ModelServerClient

__all__ = ["Event", "Operator", "planned"]

EMBEDDINGS_PER_BATCH = 1024
NICE = 10
EVERY_S = 60.0
LOADED_WITHIN_S = 60.0


class Event(NamedTuple):
    """Something that an operator or a fault does.

    Attributes:
        at_s: when it is due, in seconds from the beginning of the load.
        what: its name.
        do: the act itself; returns when it is done.
        fault: whether answers may be of lower rungs for a while.
    """

    at_s: float
    what: str
    do: Callable[[], None]
    fault: bool = False


def planned(operator: Operator, seconds: float) -> list[Event]:
    """A release every minute; of the whole time, faults and the rollback at fixed shares."""
    releases = [Event(at, "release", operator.release) for at in _every_minute(seconds)]
    faults = [
        Event(0.23 * seconds, "model server killed", operator.kill_model_server, fault=True),
        Event(0.43 * seconds, "Postgres restarted", operator.restart_postgres, fault=True),
        Event(0.63 * seconds, "model server killed", operator.kill_model_server, fault=True),
    ]
    return sorted([*releases, *faults, Event(0.86 * seconds, "rollback", operator.roll_back)])


def _every_minute(seconds: float) -> Iterator[float]:
    at = 20.0
    while at < seconds - 20:
        yield at
        at += EVERY_S


class Operator:
    """Acts on a group by the product's own commands, niced as docs/operations.md has them.

    Vectors are staged in a process of its own, as a run does it: the load's threads share an
    interpreter, and would be late by what staging takes of it.

    Args:
        group: the running one.
        folder: FOLDER of the commands; holds `models`.
        server: the database server.
        url: of the database.
        models: two, of whose vectors versions are made in turn.
        sources: folders of the same two models.

    Attributes:
        lives: of each version that went live, when the command for it began and ended, in seconds
            of the load.
    """

    def __init__(
        self,
        group: Group,
        folder: Path,
        server: PostgresServer,
        url: str,
        models: list[Model],
        sources: list[Path],
    ) -> None:
        self._group, self._folder, self._server, self._url = group, folder, server, url
        self._sources = sources
        self._staging = ProcessPoolExecutor(1, get_context("spawn"), _know, (models,))
        self._staging.submit(os.nice, NICE).result()
        self.lives: list[tuple[float, float, str]] = []
        self._newest = max(int(one.name) for one in (folder / "models").glob("[0-9]*"))

    def start(self) -> float:
        """Start the clock; what `time.perf_counter` says then."""
        self._begin = time.perf_counter()
        self._note(-1.0)
        return self._begin

    def release(self) -> None:
        """Push, stage and promote the next version."""
        self._newest += 1
        version, kind = str(self._newest), self._newest % 2
        staging = self._folder / "models" / f".staging-{version}"
        shutil.copytree(self._sources[kind], staging)
        staging.rename(self._folder / "models" / version)
        with ModelServerClient(self._model_server_url(), MODEL_NAME) as client:
            client.wait_until_available(version, LOADED_WITHIN_S)
        self._staging.submit(_stage, self._url, version, kind).result()
        self._command("promote", version)
        self._command("prune")

    def roll_back(self) -> None:
        """The product's command."""
        self._command("rollback")

    def kill_model_server(self) -> None:
        """SIGKILL; the supervisor starts it again."""
        self._group.model_server().kill()

    def restart_postgres(self) -> None:
        """A fast stop, as of a service manager, and a start."""
        self._server.stop()
        self._server.start()

    def _command(self, *words: str) -> None:
        began = self._clock()
        server = self._model_server_url()
        given = {DATABASE_URL: self._url, MODEL_SERVER_URL: server, "FOLDER": str(self._folder)}
        subprocess.run(
            ["nice", f"--adjustment={NICE}", sys.executable, "-m", "commands", *words],
            env={**os.environ, **given}, check=True, capture_output=True,
        )  # fmt: skip
        self._note(began)

    def _clock(self) -> float:
        return time.perf_counter() - self._begin

    def _note(self, began: float) -> None:
        with session(self._url, readonly=True) as connection:
            version = live_version(connection)
        if not self.lives or self.lives[-1][2] != version:
            self.lives.append((began, self._clock(), version))

    def _model_server_url(self) -> str:
        words = self._group.model_server().cmdline()
        (port,) = [w.partition("=")[2] for w in words if w.startswith("--rest_api_port")]
        return f"http://127.0.0.1:{port}"


_known: list[Model] = []
"""In the staging process."""


def _know(models: list[Model]) -> None:
    _known.extend(models)


def _stage(url: str, version: str, kind: int) -> None:
    """Stage the vectors of one of the known models as a version that has passed its checks."""
    sides = {Side.USER: _known[kind].users, Side.VIDEO: _known[kind].videos}
    with session(url) as connection:
        stage_version(connection, version, {side: _batches(one) for side, one in sides.items()})
        mark(connection, version, State.CHECKED)


def _batches(side: Vectors) -> Iterator[Embeddings]:
    ids = list(side.rows)
    for begin in range(0, len(ids), EMBEDDINGS_PER_BATCH):
        end = begin + EMBEDDINGS_PER_BATCH
        yield Embeddings(ids[begin:end], side.vectors[begin:end])


def run(events: list[Event], begin: float) -> Iterator[tuple[float, float, Event]]:
    """Each event when it is due; when it began and ended, in seconds from `begin`."""
    for event in events:
        time.sleep(max(begin + event.at_s - time.perf_counter(), 0))
        began = time.perf_counter() - begin
        event.do()
        yield began, time.perf_counter() - begin, event
