"""The edge function in Deno over the toy world, with a hand-made model and tokens of its own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from schema.database import connect, session
from serving.edge_auth import auth_server
from serving.edge_function import EdgeFunction
from serving.edge_tokens import Signer
from serving.launcher import free_port
from tests.deno import Deno
from tests.releases.staging import release
from tests.serving.conftest import wait_for
from tests.serving.edge.hand_made import add_files
from tests.toy_world import ToyWorld, fill

__all__ = ["Edge", "running"]

AXIS = 5


class Edge:
    """The running function.

    Attributes:
        url: where it answers.
        database: address.
        world: the toy world; user i and video i of version 1 have `unit(i)`.
        models: folder of the models; by version 1's, every user has `unit(AXIS)` now.
        signer: of the tokens that it trusts.
        supabase_url: their issuer's root.
    """

    def __init__(
        self, url: str, database: str, world: ToyWorld, models: Path, auth: tuple[Signer, str]
    ) -> None:
        self.url, self.database, self.world, self.models = url, database, world, models
        self.signer, self.supabase_url = auth

    def token(self, user: str) -> str:
        """A token of this user."""
        return self.signer.token(self.supabase_url, user)

    def get(self, user: str, query: str = "", **headers: str) -> requests.Response:
        """The reply to this user."""
        given = {"Authorization": f"Bearer {self.token(user)}", **headers}
        return requests.get(f"{self.url}?{query}", headers=given, timeout=20)

    def answer(self, user: str, query: str = "") -> dict[str, Any]:
        """The answer to this user."""
        reply = self.get(user, query)
        assert reply.status_code == 200, reply.text
        return dict(reply.json())

    def do(self, statement: str, *values: object) -> None:
        """As the application, committed."""
        with session(self.database) as connection, connection.cursor() as cursor:
            cursor.execute(statement, values or None)


@pytest.fixture(scope="module")
def auth() -> Iterator[tuple[Signer, str]]:
    """What signs tokens, and the root below which its keys are."""
    signer = Signer()
    with auth_server(signer) as root:
        yield signer, root


@contextmanager
def running(function: EdgeFunction) -> Iterator[subprocess.Popen[bytes]]:
    """The function's process, as soon as it answers."""
    given = {**os.environ, **function.environment}
    with subprocess.Popen(function.command, env=given) as process:
        try:
            wait_for(lambda: process.poll() is not None or _answers(function.url))
            assert process.poll() is None, "the function has ended"
            yield process
        finally:
            process.kill()


def _answers(url: str) -> bool:
    try:
        return requests.options(url, timeout=1).ok
    except requests.RequestException:
        return False


@pytest.fixture
def edge(database: str, deno: Deno, auth: tuple[Signer, str], tmp_path: Path) -> Iterator[Edge]:
    """The function over a released version 1."""
    with closing(connect(database)) as connection:
        world = fill(connection)
        release(connection, "1", world.users, world.videos)
        add_files(connection, tmp_path, "1", AXIS)
    function = EdgeFunction(*deno, free_port(), database, auth[1], tmp_path)
    with running(function):
        yield Edge(function.url, database, world, tmp_path, auth)
