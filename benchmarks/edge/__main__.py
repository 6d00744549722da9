"""`make bench-edge`: the edge function beside its limits, on the last run's database and model.

Prints a table in Markdown; `make run` comes first. Database, function and load share the cores.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing

import numpy as np
import psutil

from benchmarks.edge.load import Caller
from benchmarks.edge.parity import parity
from benchmarks.edge.running import running
from benchmarks.machine import facts
from benchmarks.table import Line, head, print_lines, row
from pipeline.local.source import source_database
from pipeline.settings import from_environment
from releases.registry import live_version
from schema.database import connect
from serving.deno import deno_at_hand
from serving.edge_auth import auth_server
from serving.edge_function import EdgeFunction, bring_packages
from serving.edge_tokens import Signer
from serving.launcher import free_port
from serving.recommender.people import sample_users

__all__ = ["main"]

A_SECOND, WARM_UP, REQUESTS = 20, 200, 2_400
STARTS = 7
USERS = 1_000


def main() -> None:
    """Starts the function several times, loads it, compares vectors, prints."""
    settings, machine = from_environment(), facts()  # the commit may change meanwhile
    cache = settings.folder / "deno"
    deno, signer = deno_at_hand(cache), Signer()
    bring_packages(deno, cache / "packages")
    with ExitStack() as stack:
        url, _ = stack.enter_context(source_database(settings))
        root = stack.enter_context(auth_server(signer))
        connection = stack.enter_context(closing(connect(url, readonly=True)))
        version, users = live_version(connection), sample_users(connection, USERS)
        function = EdgeFunction(deno, cache / "packages", free_port(), url, root, settings.models)
        print_lines([head(Line._fields)])
        print_lines(map(row, _speed(function, Caller(function, signer, users))))
        print_lines(map(row, parity(connection, settings.models, version, deno, users)))
    print_lines(
        [f"\n{len(users):,} users; database, function and load on the same cores. {machine}"]
    )


def _speed(function: EdgeFunction, caller: Caller) -> Iterator[Line]:
    starts = []
    for _ in range(STARTS):
        with running(function, caller) as (_pid, seconds):
            starts.append(seconds * 1000)
    yield Line("start to first answer, median", f"{np.median(starts):.0f} ms", "500 ms")
    yield Line("start to first answer, slowest", f"{max(starts):.0f} ms", "")
    with running(function, caller) as (pid, _seconds):
        caller.at_rate(WARM_UP, A_SECOND)
        got = caller.at_rate(REQUESTS, A_SECOND)
        process = psutil.Process(pid)
        memory, busy_s = process.memory_info().rss >> 20, sum(process.cpu_times()[:2])
    p50, p99 = np.percentile([reply.ms for reply in got], (50, 99))
    fresh = np.mean([reply.answer.get("rung") == "fresh" for reply in got])
    yield Line(f"{A_SECOND} requests/s, p50", f"{p50:.1f} ms", "15 ms")
    yield Line(f"{A_SECOND} requests/s, p99", f"{p99:.1f} ms", "60 ms")
    yield Line("answers of the fresh rung", f"{fresh:.2%}", "")
    yield Line("memory", f"{memory} MB", "150 MB")
    each_ms = busy_s * 1000 / (WARM_UP + REQUESTS)
    yield Line("processor time of a request", f"{each_ms:.1f} ms", "2,000 ms")


if __name__ == "__main__":
    main()
