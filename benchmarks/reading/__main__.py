"""`make bench-read`: how fast the training pairs of a grown application are read.

Prints one table, in Markdown, fit for docs/growing-data.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import closing
from pathlib import Path

from benchmarks.machine import facts
from benchmarks.reading.measuring import Measured, copied, filled, read
from benchmarks.reading.world import Size, grow
from benchmarks.table import head, row
from components.node.connection import name_url
from pipeline import example_queries
from pipeline.local.postgres import embedded_postgres, open_folder
from pipeline.settings import DATABASE_URL, Settings
from schema.database import connect

SPLIT = "train"
HEAD = (
    "decisions", "way", "rows", "s", "rows/s", "own processor time, s", "MB over the imports",
)  # fmt: skip


def main() -> None:
    """Makes the world, reads it both ways, prints."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading", description=__doc__)
    parser.add_argument("--rows", type=int, default=Size.decisions, help="decisions")
    size = Size(decisions=parser.parse_args().rows)
    with open_folder("two-tower-growth-") as folder, embedded_postgres(folder / "postgres") as url:
        sys.stdout.write(_measure(url, size, folder))


def _measure(url: str, size: Size, folder: Path) -> str:
    name_url(DATABASE_URL, url)
    started, machine = time.monotonic(), facts()  # the commit may change meanwhile
    with closing(connect(url)) as connection:
        grow(connection, size)
    made = time.monotonic() - started
    settings = Settings(folder=folder)
    reading = example_queries.decisions(settings)
    query = filled(url, reading, settings.window_rule, SPLIT)
    limit = copied(url, query, reading.ranges)
    ours = read(reading, SPLIT, query, folder)
    shards = sum(path.stat().st_size for path in folder.glob("examples/**/*.gz"))
    return _table(size, limit, ours) + (
        f"\n{reading.ranges} key ranges; made in {made:.0f} s; shards of {shards >> 20:,} MB;"
        f" {ours.seconds / limit.seconds:.2f} times COPY. {machine}\n"
    )


def _table(size: Size, limit: Measured, ours: Measured) -> str:
    lines = [head(HEAD)]
    for way, got in (("COPY to nowhere", limit), ("ExampleGen", ours)):
        figures = (got.rows, got.seconds, got.rows / got.seconds, got.cpu, got.peak_mb)
        cells = [f"{figure:,.0f}" for figure in figures]
        lines.append(row((f"{size.decisions:,}", way, *cells)))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
