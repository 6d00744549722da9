"""`make bench-serving`: the service beside its limits, with database, model server and load here.

Prints two tables in Markdown. It takes the last run's model and videos, so `make run` comes first.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing

import numpy as np

from benchmarks.machine import facts
from benchmarks.newest_model import newest_model
from benchmarks.serving import world
from benchmarks.serving.fuzzing import fuzzed, give_decisions
from benchmarks.serving.group import Group, group
from benchmarks.serving.load import Reply, closed_loop, open_loop, percentiles
from benchmarks.serving.searching import ORDERS, SEEN, searched
from benchmarks.table import Line, head, print_lines, row
from pipeline.local.postgres import embedded_postgres, open_folder
from pipeline.settings import from_environment
from releases.registry import live_version
from schema.database import Connection, connect

__all__ = ["main"]

A_SECOND, WARM_UP, REQUESTS = 50, 500, 5_000
CONNECTIONS = 4
MANY, TIMES = 256, 20
ANSWERS = 100_000
ASKED, HEAVY = 2_000, 40
"""Users of the fuzzed answers, and those of them who get more decisions."""


def main() -> None:
    """Makes the world, measures, prints."""
    settings, machine = from_environment(), facts()  # the commit may change meanwhile
    with ExitStack() as stack:
        folder = stack.enter_context(open_folder("two-tower-serving-"))
        url = stack.enter_context(embedded_postgres(folder / "postgres"))
        connection = stack.enter_context(closing(connect(url)))
        model = newest_model(settings)
        world.open_tables(connection, settings)
        world.make_live(connection, model, folder / "models", model.name)
        print_lines([head(Line._fields)])
        with group(folder, url, folder / "group.log") as running:
            print_lines(row(line) for line in _lines(running, connection))
        print_lines(_searches(connection))
    size = f"{world.VIDEOS:,} videos, {world.USERS:,} users of {world.DECISIONS} decisions"
    print_lines(
        [f"\n{size}; database, model server, service and load on the same cores. {machine}"]
    )


def _lines(running: Group, connection: Connection) -> Iterator[Line]:
    yield from _latencies(running)
    yield from _batches(running)
    yield from _memory(running)
    yield from _answers(running, connection)
    running.service().kill()
    time.sleep(0.2)
    yield Line(
        "ready again after the service was killed", f"{running.ready_after_s():.1f} s", "10 s"
    )


def _latencies(running: Group) -> Iterator[Line]:
    got: list[Reply] = []
    open_loop(running.root, world.paths(WARM_UP, 1), A_SECOND, got.append)
    got.clear()
    open_loop(running.root, world.paths(REQUESTS, 2), A_SECOND, got.append)
    p50, p90, p99 = percentiles(got, 50, 90, 99)
    yield Line(f"{A_SECOND} requests/s, p50", f"{p50:.1f} ms", "10 ms")
    yield Line(f"{A_SECOND} requests/s, p90", f"{p90:.1f} ms", "")
    yield Line(f"{A_SECOND} requests/s, p99", f"{p99:.1f} ms", "40 ms")
    yield Line("answers of the fresh rung", f"{_fresh(got):.2%}", "")
    for connections in (1, CONNECTIONS):
        got.clear()
        rate = closed_loop(running.root, world.paths(2_000, 3), connections, got.append)
        (p50,) = percentiles(got, 50)
        what = f"closed loop, {connections} connections: p50, requests/s"
        yield Line(what, f"{p50:.1f} ms, {rate:.0f}/s", "")


def _fresh(got: Iterable[Reply]) -> float:
    counted = Counter(reply.answer.get("rung") for reply in got)
    return counted["fresh"] / counted.total()


def _heavy(running: Group, user: str) -> Iterator[Line]:
    got: list[Reply] = []
    closed_loop(
        running.root, iter([f"/v1/users/{user}/recommendations?limit=20"] * 50), 1, got.append
    )
    (p50,) = percentiles(got, 50)
    yield Line(
        f"a user of {SEEN[-1]:,} decisions, p50", f"{p50:.1f} ms, {_fresh(got):.0%} fresh", "200 ms"
    )


def _batches(running: Group) -> Iterator[Line]:
    taken = []
    for number in range(TIMES):
        users = world.user_ids()[number * MANY : (number + 1) * MANY]
        requests = [{"user_id": user, "limit": 20} for user in users]
        started = time.perf_counter()
        running.ask_many(requests)
        taken.append((time.perf_counter() - started) * 1000)
    yield Line(f"{MANY} users in one call, p50", f"{np.median(taken):.0f} ms", "500 ms")


def _memory(running: Group) -> Iterator[Line]:
    for what, process, limit in (
        ("memory of the service, with the copy", running.service(), "300 MB"),
        ("memory of the embedded model server", running.model_server(), "1,000 MB"),
    ):
        yield Line(what, f"{process.memory_info().rss >> 20} MB", limit)


def _answers(running: Group, connection: Connection) -> Iterator[Line]:
    users = world.user_ids()[:ASKED]
    give_decisions(connection, users[:HEAVY], SEEN)
    yield from _heavy(running, users[len(SEEN) - 1])
    wrong = fuzzed(running, connection, users, ANSWERS)
    for field in wrong._fields[1:]:
        limit = "" if field == "memory" else "0"
        yield Line(f"{field} in {wrong.answers:,} answers", str(getattr(wrong, field)), limit)


def _searches(connection: Connection) -> Iterator[str]:
    columns = [f"{seen:,} {order}" for order in ORDERS for seen in SEEN]
    yield "\nRecall@20 after seen removal, and median milliseconds, by what users have seen:\n"
    yield head(("way", *columns))
    by_way: dict[str, list[str]] = {}
    for found in searched(connection, live_version(connection)):
        few = f", {found.rows} rows" if found.rows < 20 else ""  # noqa: PLR2004
        by_way.setdefault(found.way, []).append(f"{found.recall:.3f}{few} ({found.ms:.1f})")
    yield from (row((way, *cells)) for way, cells in by_way.items())


if __name__ == "__main__":
    main()
