"""The toy world, released, and a recommender whose model server is a function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any

import numpy as np
import pytest

from schema.arrays import Float32
from schema.database import connect, session
from schema.errors import ModelServerError
from serving.recommender.recommender import Options, Recommender
from tests.releases.staging import release, unit
from tests.toy_world import ToyWorld, fill

__all__ = ["Given"]


class Given:
    """A recommender on the toy world; user i and video i of the version have `unit(i)`.

    Attributes:
        url: of the database.
        world: the toy world.
        recommender: in question.
        axis: the model server's answer to every user is `unit(axis)`.
        down: whether the model server refuses.
    """

    def __init__(self, url: str, world: ToyWorld) -> None:
        self.url, self.world = url, world
        self.axis, self.down = 5, False
        self.meanwhile: Callable[[], object] = lambda: None
        options = Options(deadline_s=5.0, epsilon=0.0, refresh_s=3600)
        self.recommender = Recommender(url, "http://127.0.0.1:9", options)
        self.recommender._client.embed = self._embed  # type: ignore[method-assign]
        self.recommender._client.versions = lambda: {"1": "AVAILABLE"}  # type: ignore[method-assign]
        self.recommender.start()

    def _embed(self, instances: Sequence[object], *_: object, **__: Any) -> Float32:
        self.meanwhile()
        if self.down:
            raise ModelServerError("an answer", "none", "start it")
        return np.tile(unit(self.axis), (len(instances), 1))

    def do(self, statement: str, *values: object) -> None:
        """As the application, committed."""
        with session(self.url) as connection, connection.cursor() as cursor:
            cursor.execute(statement, values or None)


@pytest.fixture
def given(database: str) -> Iterator[Given]:
    with closing(connect(database)) as connection:
        world = fill(connection)
        release(connection, "1", world.users, world.videos)
    found = Given(database, world)
    yield found
    found.recommender.close()
