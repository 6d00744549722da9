"""Connections of nodes and workers, which receive the name of a variable, never a URL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from schema.database import Connection, session
from schema.errors import DatabaseError

__all__ = ["connection_named", "name_url", "url_named"]


def url_named(variable: str) -> str:
    """The URL in an environment variable.

    Raises:
        DatabaseError: if it is not set.
    """
    url = os.environ.get(variable)
    if not url:
        raise DatabaseError(
            f"a URL in the environment variable {variable}", "none", "set it, or use `make run`"
        )
    return url


def name_url(variable: str, url: str) -> None:
    """Set the variable for `url_named`, in this process and in those that it starts."""
    os.environ[variable] = url


@contextmanager
def connection_named(variable: str, *, readonly: bool, snapshot: str = "") -> Iterator[Connection]:
    """A connection for a block, without time-outs; committed if the block succeeds.

    Raises:
        DatabaseError: if the environment variable is not set, the server refuses, or a
            statement of the block fails.
    """
    with session(
        url_named(variable), readonly=readonly, patient=True, snapshot=snapshot
    ) as connection:
        yield connection
