"""A connection to an empty database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from schema.database import Connection, connect


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with closing(connect(database)) as opened:
        yield opened
