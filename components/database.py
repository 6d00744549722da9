"""Connections of nodes and workers: they are told a variable's name, never a URL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager

from schema.database import Connection, connect
from schema.errors import DatabaseError

__all__ = ["connection_named"]


@contextmanager
def connection_named(variable: str, *, readonly: bool) -> Iterator[Connection]:
    """Opens, and closes at the end; commits where the block ends well.

    Raises:
        DatabaseError: if the environment variable is not set, or the server refuses.
    """
    url = os.environ.get(variable)
    if not url:
        raise DatabaseError(
            f"a URL in the environment variable {variable}", "none", "set it, or use `make run`"
        )
    with closing(connect(url, readonly=readonly)) as connection, connection:
        yield connection
