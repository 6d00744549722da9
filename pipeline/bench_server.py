"""How fast the embedded model server answers, and whether anything keeps its status from coming.

It serves the last run's model, so `make run` comes first. Users have full histories. Requests come
from this machine, which shares its cores between server and client.
"""

from __future__ import annotations

import ctypes
import json
import multiprocessing
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from uuid import uuid4

import numpy as np
import psutil
import urllib3

from pipeline.bench import facts
from pipeline.settings import Settings, from_environment
from schema.errors import SetupError
from schema.features import HISTORY_LENGTH, Side, ValueType, model_inputs
from schema.signatures import MODEL_NAME
from serving.client import ModelServerClient
from serving.launcher import model_server
from serving.model_server.lanes import BODY_BYTES_MAX, CONNECTIONS_MAX

__all__ = ["main"]

BATCH = 128
A_SECOND = 50
ONES, BATCHES, STATUSES = 500, 50, 200
RELEASES = (3, 20, 40)
QUADRATIC = b'Inf"' + b'\\"' * (BODY_BYTES_MAX // 2 - 4)
"""What once held the server for days."""
Answers = ctypes.Array[ctypes.c_int]
"""How many each client has had."""


class Line(NamedTuple):
    """One figure beside its limit; less is better."""

    what: str
    measured: str
    limit: str


def main() -> None:
    """Measures, and prints a table."""
    settings = from_environment()
    newest = max((int(p.name) for p in settings.models.glob("[0-9]*")), default=0)
    if not newest:
        raise SetupError(f"a released model in {settings.models}", "none", "start with `make run`")
    lines = [*_answers(settings, str(newest)), *_memory(settings.models / str(newest))]
    sys.stdout.write("| what | measured | limit |\n|---|---|---|\n")
    sys.stdout.writelines(f"| {line.what} | {line.measured} | {line.limit} |\n" for line in lines)
    sys.stdout.write(f"\nModel of `make run`, histories of {HISTORY_LENGTH}. {facts()}\n")


def user() -> dict[str, object]:
    """One with full histories, as JSON carries it."""
    values: dict[str, object] = {}
    for column in model_inputs(Side.USER):
        one = 1.0 if column.type is ValueType.FLOAT else str(uuid4())
        values[column.name] = [one] * HISTORY_LENGTH if column.is_list else one
    return values


def _answers(settings: Settings, version: str) -> Iterator[Line]:
    with (
        model_server(settings.models, settings.model_server_url) as server,
        ModelServerClient(server(), MODEL_NAME) as client,
    ):
        client.wait_until_available(version, timeout_s=30)
        one, many = [user()], [user() for _ in range(BATCH)]
        client.embed_users(many, version)
        p50, p99 = _paced(lambda: client.embed_users(one, version), ONES, 1 / A_SECOND)
        yield Line(f"one user, {A_SECOND}/s, p50", f"{p50:.1f} ms", "3 ms")
        yield Line(f"one user, {A_SECOND}/s, p99", f"{p99:.1f} ms", "10 ms")
        with _awake():
            p50, _ = _paced(lambda: client.embed_users(one, version), ONES, 1 / A_SECOND)
        yield Line("the same while no core sleeps, p50", f"{p50:.1f} ms", "3 ms")
        p50, _ = _paced(lambda: client.embed_users(many, version), BATCHES, 0)
        yield Line(f"{BATCH} users, p50", f"{p50:.1f} ms", "40 ms")
        with _pressure(server(), json.dumps({"instances": many * 2}).encode()):
            status = f"{server()}/v1/models/{MODEL_NAME}"
            p50, p99 = _paced(lambda: urllib3.request("GET", status, timeout=10), STATUSES, 0.02)
        yield Line("status under pressure, p50", f"{p50:.1f} ms", "50 ms")
        yield Line("status under pressure, p99", f"{p99:.1f} ms", "50 ms")


def _paced(ask: Callable[[], object], times: int, every_s: float) -> tuple[float, float]:
    """Median and 99th percentile in ms; a question that comes late does not hold up the next."""
    taken = []
    begin = time.perf_counter()
    for number in range(times):
        time.sleep(max(begin + number * every_s - time.perf_counter(), 0))
        started = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - started) * 1000)
    median, high = np.percentile(taken, [50, 99])
    return float(median), float(high)


@contextmanager
def _awake() -> Iterator[None]:
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
def _pressure(url: str, batch: bytes) -> Iterator[None]:
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


def _memory(model: Path) -> Iterator[Line]:
    """Of the server's process after some releases, each of the same model."""
    with TemporaryDirectory() as name, model_server(Path(name)) as server:
        after = {}
        for version in range(1, RELEASES[-1] + 1):
            shutil.copytree(model, Path(name) / f".{version}")
            (Path(name) / f".{version}").rename(Path(name) / str(version))
            with ModelServerClient(server(), MODEL_NAME) as client:
                client.wait_until_available(str(version), timeout_s=60)
                client.embed_users([user()], str(version))
            time.sleep(1.5)  # until the version before the last is unloaded
            after[version] = _server_mb()
    for first, last in pairwise(RELEASES):
        what = f"memory at release {last} beside release {first} ({after[first]} MB)"
        yield Line(what, f"{after[last] / after[first] - 1:+.1%}", "+5 %")


def _server_mb() -> int:
    mine = [p for p in psutil.process_iter(["cmdline"]) if p.ppid() == os.getpid()]
    (server,) = [p for p in mine if "serving.model_server" in (p.info["cmdline"] or ())]
    return int(server.memory_info().rss) >> 20


if __name__ == "__main__":
    main()
