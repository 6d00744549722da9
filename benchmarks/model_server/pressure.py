"""Load beside a timed server: cores that never sleep, clients that send the worst requests."""

from __future__ import annotations

import ctypes
import multiprocessing
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing.process import BaseProcess

import psutil
import urllib3

from schema.signatures import MODEL_NAME
from serving.model_server.lanes import BODY_BYTES_MAX, CONNECTIONS_MAX

__all__ = ["awake", "pressure"]

QUADRATIC = b'Inf"' + b'\\"' * (BODY_BYTES_MAX // 2 - 4)
"""A body that a quadratic parser would read for days."""
Answers = ctypes.Array[ctypes.c_int]
"""Number of answers of each client."""


@contextmanager
def awake() -> Iterator[None]:
    """No core sleeps meanwhile: processes of the least priority keep them at work."""
    spin = [sys.executable, "-c", "while True: pass"]
    idlers = [subprocess.Popen(["nice", "-n", "19", *spin]) for _ in range(psutil.cpu_count() or 1)]
    try:
        yield
    finally:
        for idler in idlers:
            idler.kill()
            idler.wait()


@contextmanager
def pressure(url: str, batch: bytes) -> Iterator[None]:
    """Eight clients with large batches, two with the worst bodies; all other connections idle.

    Raises:
        RuntimeError: some client had no answer, or another one than it should.
    """
    context = multiprocessing.get_context("spawn")  # each with an interpreter of its own
    bodies = [(batch, 200)] * 8 + [(QUADRATIC, 400)] * 2
    answers = context.RawArray(ctypes.c_int, len(bodies))
    clients = [
        context.Process(target=_send, args=(url, *body, answers, number), daemon=True)
        for number, body in enumerate(bodies)
    ]
    with ExitStack() as stack:
        port = int(url.rpartition(":")[2])
        for _ in range(CONNECTIONS_MAX - len(bodies) - 1):  # the last one asks for the status
            stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        for client in clients:
            client.start()
        try:
            _wait_for_all(answers, clients)
            before = list(answers)
            yield
            if not all(after > start for start, after in zip(before, answers, strict=True)):
                raise RuntimeError(f"a client was not answered: {before}, then {list(answers)}")
        finally:
            for client in clients:
                client.kill()
                client.join()


def _wait_for_all(answers: Answers, clients: Sequence[BaseProcess]) -> None:
    while not all(answers):
        if not all(client.is_alive() for client in clients):
            raise RuntimeError("a client of the pressure ended: see its error above")
        time.sleep(0.1)


def _send(url: str, body: bytes, status: int, answers: Answers, number: int) -> None:
    """Asks for ever, and counts the answers of `status`; any other ends the process."""
    http = urllib3.PoolManager()
    while True:
        got = http.request("POST", f"{url}/v1/models/{MODEL_NAME}:predict", body=body, timeout=60)
        if got.status != status:
            raise RuntimeError(f"HTTP {got.status} where {status} was to come")
        answers[number] += 1
