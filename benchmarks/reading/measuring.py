"""Speed of reading one split: by Postgres alone, and by the pipeline's own node."""

from __future__ import annotations

import json
import time
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

import psutil
from tfx.types import standard_artifacts

from components.example_gen.driver import QUERIES, READING
from components.example_gen.example_query import ExampleQuery
from components.example_gen.executor import PostgresExecutor, key_ranges, prepare_reader
from components.moment.cut import decide
from components.moment.cut_file import write_cut
from components.node.lineage import WINDOWS
from pipeline.beam import BEAM_ARGS
from pipeline.progress import peak_mb, reset_peak
from schema.database import connect
from schema.queries import fill
from schema.windows import WindowRule

__all__ = ["Measured", "copied", "filled", "read"]


class Measured(NamedTuple):
    """Cost of one way of reading.

    Attributes:
        rows: how many.
        seconds: wall clock.
        cpu: seconds of processor time of this process; Postgres' own are not in it.
        peak_mb: most memory of this process, beyond what it held before.
    """

    rows: int
    seconds: float
    cpu: float
    peak_mb: int


def filled(url: str, reading: ExampleQuery, rule: WindowRule, split: str) -> str:
    """The query of one split, as the driver fills it; the cut is left for the reader to find."""
    with closing(connect(url, readonly=True)) as connection:
        cut = decide(connection, rule)
    write_cut(cut, reading.cut)
    return fill(reading.query, cut.windows, split, asdict(reading.sampling), cut.without_key)


def copied(url: str, query: str, ranges: int) -> Measured:
    """By `COPY (query) TO STDOUT` to nowhere, one key range after the other."""
    rows, started, cpu = 0, time.monotonic(), time.process_time()
    with closing(connect(url, readonly=True)) as connection, connection.cursor() as cursor:
        prepare_reader(cursor)
        for first, last in key_ranges(ranges):
            copy = cursor.mogrify(f"COPY ({query}) TO STDOUT", {"first_id": first, "last_id": last})
            with Path("/dev/null").open("wb") as nowhere:
                cursor.copy_expert(copy.decode(), nowhere)
            rows += cursor.rowcount
    return Measured(rows, time.monotonic() - started, time.process_time() - cpu, 0)


def read(reading: ExampleQuery, split: str, query: str, folder: Path) -> Measured:
    """By the executor, as TFX calls it, into shards below `folder`."""
    examples = standard_artifacts.Examples()
    examples.uri = str(folder / "examples")
    properties = {
        READING: replace(reading, splits=(split,)).to_json(),
        QUERIES: json.dumps({split: query}),
        WINDOWS: json.dumps({}),
    }
    context = PostgresExecutor.Context(
        beam_pipeline_args=[*BEAM_ARGS], tmp_dir=str(folder / "tmp"), unique_id="1"
    )
    before = psutil.Process().memory_info().rss >> 20
    reset_peak()
    started, cpu = time.monotonic(), time.process_time()
    PostgresExecutor(context).Do({}, {"examples": [examples]}, properties)
    seconds, cpu = time.monotonic() - started, time.process_time() - cpu
    rows = examples.get_int_custom_property("rows")
    return Measured(rows, seconds, cpu, peak_mb() - before)
