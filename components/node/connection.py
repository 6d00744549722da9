"""Connections of nodes and workers, which receive the name of a variable, never a URL."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import stamina

from components.node.run_lock import check_run_lock
from schema.database import Connection, session
from schema.errors import LostConnectionError, SetupError

__all__ = [
    "DATABASE",
    "MODEL_SERVER",
    "connection_named",
    "in_transaction",
    "name_url",
    "url_named",
]

DATABASE = "database_url_env"
"""Parameter of nodes: the name of the environment variable that holds the database's URL."""
MODEL_SERVER = "model_server_url_env"
"""Parameter of nodes: the name of the one that holds the model server's URL."""
_TRIES = 5
_T = TypeVar("_T")


def url_named(variable: str) -> str:
    """The URL in an environment variable.

    Raises:
        SetupError: if it is not set.
    """
    url = os.environ.get(variable)
    if not url:
        raise SetupError(
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
        SetupError: if the environment variable is not set.
        DatabaseError: if the server refuses, or a statement of the block fails.
    """
    with session(
        url_named(variable), readonly=readonly, patient=True, snapshot=snapshot
    ) as connection:
        yield connection


def in_transaction(variable: str, work: Callable[[Connection], _T]) -> _T:
    """Do `work` in a transaction of its own; again, with backoff, if the connection is lost.

    The run's lock is checked directly before the commit.

    Args:
        variable: name of the environment variable with the URL.
        work: may be called several times; an attempt that was lost has left nothing, or, if the
            loss came with the commit, everything.

    Raises:
        DatabaseError: the server refuses, or the connection was lost too often.
        SetupError: the run has lost its lock.
    """
    for attempt in stamina.retry_context(
        on=LostConnectionError, attempts=_TRIES, timeout=None, wait_initial=0.5, wait_max=10.0
    ):
        with attempt, connection_named(variable, readonly=False) as connection:
            result = work(connection)
            check_run_lock()
    return result
