"""Latency of the embedded model server, and of its status under pressure.

It serves the last run's model, so `make run` comes first. Users have full histories. Requests come
from this machine, which shares its cores between server and client.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import numpy as np
import psutil
import urllib3

from benchmarks.machine import facts
from benchmarks.model_server.pressure import awake, pressure
from benchmarks.newest_model import newest_model
from benchmarks.table import Line, head, row
from pipeline.settings import Settings, from_environment
from schema.feature import Side, ValueType
from schema.features import HISTORY_LENGTH, model_inputs
from schema.signatures import MODEL_NAME
from serving.launcher import model_server
from serving.model_client import ModelServerClient

__all__ = ["main"]

BATCH = 128
A_SECOND = 50
ONES, BATCHES, STATUSES = 500, 50, 200
RELEASES = (3, 20, 40)


def main() -> None:
    """Measures, and prints a table."""
    settings = from_environment()
    model = newest_model(settings)
    lines = [*_answers(settings, model.name), *_memory(model)]
    sys.stdout.write("\n".join([head(Line._fields), *map(row, lines)]) + "\n")
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
        ModelServerClient(server.ready(), MODEL_NAME) as client,
    ):
        client.wait_until_available(version, timeout_s=30)
        one, many = [user()], [user() for _ in range(BATCH)]
        client.embed_users(many, version)
        p50, p99 = _paced(lambda: client.embed_users(one, version), ONES, 1 / A_SECOND)
        yield Line(f"one user, {A_SECOND}/s, p50", f"{p50:.1f} ms", "3 ms")
        yield Line(f"one user, {A_SECOND}/s, p99", f"{p99:.1f} ms", "10 ms")
        with awake():
            p50, _ = _paced(lambda: client.embed_users(one, version), ONES, 1 / A_SECOND)
        yield Line("the same while no core sleeps, p50", f"{p50:.1f} ms", "3 ms")
        p50, _ = _paced(lambda: client.embed_users(many, version), BATCHES, 0)
        yield Line(f"{BATCH} users, p50", f"{p50:.1f} ms", "40 ms")
        with pressure(server.ready(), json.dumps({"instances": many}).encode()):  # more is refused
            status = f"{server.ready()}/v1/models/{MODEL_NAME}"
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


def _memory(model: Path) -> Iterator[Line]:
    """Of the server's process after some releases, each of the same model."""
    with TemporaryDirectory() as name, model_server(Path(name)) as server:
        after = {}
        for version in range(1, RELEASES[-1] + 1):
            shutil.copytree(model, Path(name) / f".{version}")
            (Path(name) / f".{version}").rename(Path(name) / str(version))
            with ModelServerClient(server.ready(), MODEL_NAME) as client:
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
