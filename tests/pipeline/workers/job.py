"""Readings on workers, each in a fork of a process that has the imports and does no more.

`python -m tests.pipeline.workers.job` reads `{"folder", "url", "query", "workers"}` a line, and
answers with a line of JSON. DATABASE_URL is removed where the pool has it: what is read after
that, is read elsewhere.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

import apache_beam as beam
import psutil

from components.example_gen.executor import KeyRange, ReadKeyRange, key_ranges
from pipeline.beam import beam_args
from pipeline.failures import of_error
from pipeline.settings import Settings
from pipeline.workers.pool import worker_pool

RANGES = 4


class Counted(ReadKeyRange):
    """Counts, beside the rows of all, those of each process, and notes its parent and ports."""

    def process(self, work: KeyRange) -> None:
        """Read, with the counter of this process in place of the one of all."""
        own = psutil.Process()
        self._rows = beam.metrics.Metrics.counter("rows", f"{own.pid} of {own.ppid()}")
        listening = [c for c in own.net_connections("inet") if c.status == psutil.CONN_LISTEN]
        beam.metrics.Metrics.counter("ports", str(own.pid)).inc(len(listening))
        super().process(work)


def main() -> None:
    """One reading after the other, each in a fork of this process, which has the imports."""
    for line in sys.stdin:
        if not os.fork():
            _answer(**json.loads(line))
        os.wait()


def _answer(folder: str, url: str, query: str, workers: int) -> NoReturn:
    """In the fork: print what came of a reading."""
    os.environ["DATABASE_URL"] = url
    settings = Settings(folder=Path(folder), runner="workers", beam_workers=workers)
    said: dict[str, Any] = {"driver": os.getpid()}
    try:
        with worker_pool(settings.workers):
            os.environ.pop("DATABASE_URL")
            (pool,) = multiprocessing.active_children()
            said["pool"] = pool.pid
            try:
                said |= _read(settings, query)
            finally:
                said["left"] = [one.pid for one in psutil.Process(pool.pid).children()]
    except Exception as error:  # noqa: BLE001
        traceback.print_exc()
        line = of_error(error, "the reading", "see above")
        said |= {"error": type(line).__name__, "line": str(line)}
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
    os._exit(0)


def _read(settings: Settings, query: str) -> dict[str, Any]:
    ranges = key_ranges(RANGES)
    work = [
        KeyRange(query, first, last, str(settings.folder / f"shard-{index}"))
        for index, (first, last) in enumerate(ranges)
    ]
    pipeline = beam.Pipeline(argv=beam_args(settings))
    with pipeline:
        _ = pipeline | beam.Create(work, reshuffle=True) | beam.ParDo(Counted("DATABASE_URL", ""))
    counters = pipeline.result.metrics().query()["counters"]
    own = [c for c in psutil.Process().net_connections("inet") if c.status == psutil.CONN_LISTEN]
    return {
        "rows": {c.key.metric.name: c.result for c in counters if c.key.metric.namespace == "rows"},
        "ports": sum(c.result for c in counters if c.key.metric.namespace == "ports") + len(own),
    }


if __name__ == "__main__":
    main()
