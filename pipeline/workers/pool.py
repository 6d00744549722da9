"""The pool: a process that forks a worker for each request at its socket.

Beam's own pool (`worker_pool_main`) starts the program `python` of PATH, which imports TensorFlow
and TFX again for each worker, listens on every interface without authentication, and leaves its
workers' output in a pipe that nobody reads. This one is forked from the run, and so has its
imports, environment, temporary folder and log. Its socket is a file that this user alone can open.

A request is a line of JSON, `{"worker": id, "control": address}`; the answer is a line with the
worker's process id. The connection stays open until the worker has ended.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

from pipeline.progress import peak_mb, reset_peak
from schema.errors import SetupError
from schema.parent_death import end_with_parent

__all__ = ["MOST_BYTES", "NAME", "Worker", "ask_for_worker", "worker_pool"]

NAME = "beam-worker"
"""Name of a worker's process, in `top` and `ps`."""
MOST_BYTES = 70
"""Longest path of a run's folder; with the sockets' own names, 107 bytes are the system's limit."""
_BACKLOG = 64
_STATE_CACHE_BYTES = 100 << 20
_BUFFERED_MS = 1000
"""As FnApiRunner gives its own workers."""
_FORK = multiprocessing.get_context("fork")


class Worker:
    """The asking side's hold on a worker.

    Attributes:
        process_id: of the worker; it stays the worker's until `wait` returns.
    """

    def __init__(self, connection: socket.socket, process_id: int) -> None:
        self.process_id = process_id
        self._connection = connection

    def wait(self) -> None:
        """Return when the worker has ended, in whatever way."""
        with suppress(ConnectionError):
            self._connection.recv(1)

    def has_ended(self, within_s: float) -> bool:
        """Whether it has ended, or does within so many seconds."""
        return bool(select.select([self._connection], [], [], within_s)[0])

    def kill(self) -> None:
        """End it at once, in the middle of its work."""
        with suppress(ProcessLookupError):
            os.kill(self.process_id, signal.SIGKILL)


def ask_for_worker(pool: Path, worker: str, control: str) -> Worker:
    """Have the pool fork a worker.

    Args:
        pool: the pool's socket.
        worker: id by which Beam knows it.
        control: gRPC address at which it gets its work.

    Raises:
        SetupError: no pool answers.
    """
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(pool))
        with connection.makefile("rw") as lines:
            lines.write(json.dumps({"worker": worker, "control": control}) + "\n")
            lines.flush()
            return Worker(connection, int(lines.readline()))
    except (OSError, ValueError) as error:
        connection.close()
        raise SetupError(f"a pool of workers at {pool}", f'"{error}"', "run it again") from error


@contextmanager
def worker_pool(path: Path) -> Iterator[None]:
    """A pool with its socket at `path` for a block; it and its workers end with the block.

    Raises:
        SetupError: the path is too long for a socket.
    """
    if len(os.fsencode(path.parent)) > MOST_BYTES:
        wanted = f"a FOLDER of at most {MOST_BYTES} bytes with RUNNER=workers"
        raise SetupError(wanted, str(path.parent), "set FOLDER to a shorter one")
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as server:
        usual = os.umask(0o177)
        try:
            server.bind(str(path))
        finally:
            os.umask(usual)
        server.listen(_BACKLOG)
        pool = _FORK.Process(target=_serve, args=(server, os.getpid()), name="pool")
        pool.start()
    try:
        yield
    finally:
        pool.kill()
        pool.join()
        path.unlink(missing_ok=True)


def _serve(server: socket.socket, run: int) -> NoReturn:
    """Code of the pool, which has one thread, so that its forks are safe."""
    end_with_parent(run)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the workers
    pool = os.getpid()
    while True:
        connection, _ = server.accept()
        with connection:
            if not os.fork():
                server.close()
                _work(connection, pool)


def _work(connection: socket.socket, pool: int) -> NoReturn:
    """Code of a worker; the exit skips the interpreter's last collection, as that of nodes does."""
    status = 1
    try:
        end_with_parent(pool)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        reset_peak()
        Path("/proc/self/comm").write_text(NAME, encoding="ascii")
        with connection.makefile("rw") as lines:
            asked = json.loads(lines.readline())
            lines.write(f"{os.getpid()}\n")
        _harness(asked["control"], asked["worker"])
        status = 0
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    finally:
        used = f"{time.process_time():.1f} s of processor time, {peak_mb()} MB"
        sys.stderr.write(f"{NAME} {os.getpid()} ends: {used}\n")
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _harness(control: str, worker: str) -> None:
    """Do Beam's work until the node's process has no more."""
    from apache_beam.options.value_provider import RuntimeValueProvider
    from apache_beam.runners.worker.sdk_worker import SdkHarness

    RuntimeValueProvider.set_runtime_options({})
    SdkHarness(
        control, worker_id=worker, state_cache_size=_STATE_CACHE_BYTES,
        data_buffer_time_limit_ms=_BUFFERED_MS,
    ).run()  # fmt: skip
