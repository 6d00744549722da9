"""The embedded PostgreSQL of a run without DATABASE_URL, shared and stopped without a daemon.

The last process that leaves `embedded_postgres` stops the server. Users hold a shared file lock,
which the kernel releases even after `kill -9`; the server of a killed user is stopped by the child
process of `afterwards`. Only with `leave_running` a server outlives its callers, until `stop`.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.afterwards import afterwards
from pipeline.local.postgres_server import PostgresServer
from schema.database import connect

__all__ = ["DATABASE", "embedded_postgres", "leave_running", "open_folder", "stop"]

DATABASE = "two_tower"
CLOSED_WITHIN_S = 0.5  # the kernel closes the files of a killed process one after the other


@contextmanager
def open_folder(prefix: str) -> Iterator[Path]:
    """A temporary folder that the server's user, who is not root, can enter; removed at the end."""
    with TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        yield Path(name)


@contextmanager
def embedded_postgres(folder: Path) -> Iterator[str]:
    """A PostgreSQL with pgvector for a block, with its files in `folder`.

    Args:
        folder: Usually `var/postgres`; created on first use (about 50 MB, 5 s).

    Yields:
        A postgresql:// URL of the database `two_tower`, for any process on this machine
        that runs as the same user. It is a Unix socket: no port is opened.

    Raises:
        SetupError: The disk is full, or the server's user cannot enter the folder.
    """
    server = PostgresServer(folder.resolve())
    server.prepare()
    with afterwards(partial(_stop_unused, server)):
        users = _opened(_users(server.folder))
        try:
            with _alone(server.folder):
                fcntl.flock(users, fcntl.LOCK_SH)
                url = _started(server)
            yield url
        finally:
            os.close(users)


def leave_running(folder: Path) -> str:
    """Start the server and return its URL; `embedded_postgres` does not stop it."""
    server = PostgresServer(folder.resolve())
    server.prepare()
    with _alone(server.folder):
        url = _started(server)
        _kept(server.folder).touch()
    return url


def stop(folder: Path) -> None:
    """Stop the server now, even if it is in use; do nothing if none runs."""
    server = PostgresServer(folder.resolve())
    if server.folder.exists():
        with _alone(server.folder):
            _kept(server.folder).unlink(missing_ok=True)
            server.stop()


def _stop_unused(server: PostgresServer, killed: bool) -> None:  # noqa: FBT001
    """Stop the server unless it is in use or marked to be left running."""
    with _alone(server.folder):
        users = _opened(_users(server.folder))
        deadline = time.monotonic() + (CLOSED_WITHIN_S if killed else 0)
        while not (unused := _is_unused(users)) and time.monotonic() < deadline:
            time.sleep(0.02)
        if unused and not _kept(server.folder).exists():
            server.stop(at_once=killed)
        os.close(users)


def _started(server: PostgresServer) -> str:
    server.start()
    with closing(connect(server.url("postgres"))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM pg_database WHERE datname = %s", (DATABASE,))
            if not cursor.rowcount:
                cursor.execute(f"CREATE DATABASE {DATABASE}")
    return server.url(DATABASE)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the lock by which only one process at a time starts or stops the server."""
    turn = _opened(folder / "turn.lock")
    try:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield
    finally:
        os.close(turn)


def _is_unused(users: int) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _users(folder: Path) -> Path:
    return folder / "users.lock"


def _kept(folder: Path) -> Path:
    return folder / "left-running"


def _opened(path: Path) -> int:
    """A descriptor to lock; read-only, so that root and the owner can share the file."""
    return os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
