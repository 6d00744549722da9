"""The long part of `make soak`: minutes of load while versions change and servers fail.

Prints a table in Markdown and writes docs/soak.svg; ends with status 1 after a wrong answer. It
takes the last run's two models, the candidate and the one fitted on everything, in turn, so that an
answer with vectors of two versions is found.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Event as Signal
from threading import Thread

import numpy as np
import psutil

from benchmarks.machine import facts
from benchmarks.quality import artifacts
from benchmarks.serving import world
from benchmarks.serving.group import Group, group
from benchmarks.serving.load import Reply, open_loop
from benchmarks.serving.outages import Event, Operator, planned, run
from benchmarks.serving.plot import plot
from benchmarks.serving.replies import Judge, Kept, Model, Vectors, keep
from benchmarks.table import head, row
from pipeline.local.postgres import embedded_postgres, open_folder
from pipeline.local.postgres_server import PostgresServer
from pipeline.settings import from_environment
from releases.vectors import load_embeddings_from_db
from schema.database import Connection, connect
from schema.feature import Side

__all__ = ["main"]

A_SECOND = 50
CHART = Path(__file__).parents[2] / "docs" / "soak.svg"
AFTER_S = 2.0
"""Seconds of fresh answers alone that end an outage."""
Happened = tuple[float, float, Event]


def main() -> None:
    """Makes the world, loads it while events happen, judges, prints."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    seconds, machine = 60 * parser.parse_args().minutes, facts()
    settings = from_environment()
    sources = [artifacts.model(settings, node) for node in ("Trainer", "ReleaseFit")]
    with ExitStack() as stack:
        folder = stack.enter_context(open_folder("two-tower-soak-"))
        url = stack.enter_context(embedded_postgres(folder / "postgres"))
        with closing(connect(url)) as connection:
            world.open_tables(connection, settings)
            for number, source in enumerate(sources, 2):  # an even version is of the first
                world.make_live(connection, source, folder / "models", str(number))
            models = [_model(connection, str(number)) for number in (2, 3)]
            seen, released = _facts(connection)
        running = stack.enter_context(group(folder, url, folder / "group.log"))
        server = PostgresServer((folder / "postgres").resolve())
        operator = Operator(running, folder, server, url, models, sources)
        memory = _Memory(running)
        kept, happened = _load(running, operator, seconds)
        memory.stop()
    judge = Judge(models, seen, released, operator.lives)
    wrong = Counter(filter(None, map(judge.wrong, kept)))
    CHART.write_text(plot(kept, happened, f"{A_SECOND} requests a second"), encoding="utf-8")
    for line in _lines(kept, happened, wrong, memory):
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"\n{machine}\n")
    sys.exit(1 if wrong else 0)


def _load(running: Group, operator: Operator, seconds: float) -> tuple[list[Kept], list[Happened]]:
    kept: list[Kept] = []

    def take(reply: Reply) -> None:
        kept.append(keep(reply))

    paths = list(world.paths(int(seconds * A_SECOND), seed=5))
    load = Thread(target=open_loop, args=(running.root, paths, A_SECOND, take))
    begin = operator.start()
    load.start()
    happened = list(run(planned(operator, seconds), begin))
    load.join()
    return sorted(kept), happened


def _model(connection: Connection, version: str) -> Model:
    sides = (load_embeddings_from_db(connection, side, version) for side in (Side.USER, Side.VIDEO))
    return Model(
        *(Vectors({own: n for n, own in enumerate(one.ids)}, one.vectors) for one in sides)
    )


def _facts(connection: Connection) -> tuple[dict[str, set[str]], set[str]]:
    """The videos that each user has decided on, and the released ones."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT user_id::text, array_agg(video_id::text) FROM user_video_decisions GROUP BY 1"
        )
        seen = {user: set(videos) for user, videos in cursor}
        cursor.execute(
            "SELECT video_id::text FROM videos WHERE released_at IS NULL OR released_at <= now()"
        )
        return seen, {video for (video,) in cursor}


class _Memory:
    """Samples of the memory of the service, in MB, until `stop`."""

    def __init__(self, running: Group) -> None:
        self._running, self._stop = running, Signal()
        self.service: list[int] = []
        self.model_server: list[int] = []
        self._thread = Thread(target=self._sample, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the samples."""
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._stop.wait(2):
            try:
                self.service.append(self._running.service().memory_info().rss >> 20)
                self.model_server.append(self._running.model_server().memory_info().rss >> 20)
            except (psutil.Error, ValueError):
                continue  # it is being started again


def _lines(
    kept: Sequence[Kept], happened: Sequence[Happened], wrong: Counter[str], memory: _Memory
) -> Iterator[str]:
    outages = [(at, _end(kept, at)) for at, _, event in happened if event.fault]
    calm = [one.ms for one in kept if not any(a <= one.at_s <= b for a, b in outages)]
    releases = [(at, end) for at, end, event in happened if event.what == "release"]
    quiet = [one.ms for one in kept if not any(a <= one.at_s <= b for a, b in outages + releases)]
    statuses, by_rung = Counter(o.status for o in kept), Counter(o.rung or "-" for o in kept)
    yield head(("what", "measured", "limit"))
    yield row(("requests", f"{len(kept):,}", ""))
    yield row(("wrong answers", ", ".join(f"{n} {w}" for w, n in wrong.items()) or "0", "0"))
    yield row(("statuses", _counts(statuses), "200, 503 of a full queue"))
    yield row(("rungs", _counts(by_rung), ""))
    for (at, end), (_, _, event) in zip(outages, [h for h in happened if h[2].fault], strict=True):
        yield row((f"lower rungs after: {event.what}", f"{max(end - at - AFTER_S, 0):.1f} s", ""))
    p50, p99 = np.percentile(calm, [50, 99])
    yield row(("p50, p99 outside the outages", f"{p50:.1f}, {p99:.1f} ms", "10, 40 ms"))
    p50, p99 = np.percentile(quiet, [50, 99])
    yield row(("p50, p99 outside the releases, too", f"{p50:.1f}, {p99:.1f} ms", "10, 40 ms"))
    for what, of in (("service", memory.service), ("model server", memory.model_server)):
        quarter = len(of) // 4
        first, last = np.median(of[quarter : 2 * quarter]), np.median(of[-quarter:])
        yield row(
            (
                f"memory of the {what}, second and last quarter",
                f"{first:.0f}, {last:.0f} MB",
                "flat",
            )
        )


def _end(kept: Sequence[Kept], at: float) -> float:
    """When an outage that began at `at` was over: AFTER_S of fresh answers alone have begun."""
    end = at
    for one in kept:
        if one.rung != "fresh" and at <= one.at_s <= end + AFTER_S:
            end = one.at_s
    return end + AFTER_S


def _counts(counted: Counter[str] | Counter[int]) -> str:
    return ", ".join(f"{key}: {count:,}" for key, count in counted.most_common())


if __name__ == "__main__":
    main()
