"""A database with the tables of schema two_tower."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from releases.migrate import migrate
from schema.database import Connection, connect


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with closing(connect(database)) as opened:
        migrate(opened)
        opened.commit()
        yield opened
