"""`make bench-scale-search`: ways to find the nearest of many made videos, once seen ones are gone.

Prints a table for docs/engines.md; the vectors are those of benchmarks/releases/world.py.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing

from benchmarks.machine import facts
from benchmarks.releases.world import Size, fill, stage
from benchmarks.serving.searching import USERS as SEARCHED
from benchmarks.serving.searching import Found, searched
from benchmarks.table import head, print_lines, row
from pipeline.local.postgres import embedded_postgres, open_folder
from releases.migrate import migrate
from schema.database import connect
from schema.source_tables import TABLES_SQL

VERSION = "1"
USERS = 1000
HEAD = ("way", "seen", "recall@20", "least rows", "ms", "ready after, s")


def main() -> None:
    """Stage the vectors, search in each way, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale.search", description=__doc__)
    parser.add_argument("--videos", type=int, default=1_000_000)
    videos = parser.parse_args().videos
    with (
        open_folder("two-tower-search-") as folder,
        embedded_postgres(folder / "postgres") as url,
        closing(connect(url, patient=True)) as connection,
    ):
        connection.cursor().execute(TABLES_SQL.read_text(encoding="utf-8"))
        migrate(connection)
        size = Size(USERS, videos)
        fill(connection, size)
        started = time.monotonic()
        stage(connection, VERSION, size)
        staged = time.monotonic() - started
        print_lines([head(HEAD)])
        print_lines(_rows(searched(connection, VERSION)))
    sys.stdout.write(f"\n{videos:,} videos, staged in {staged:.0f} s. {facts()}\n")


def _rows(found: Iterable[Found]) -> Iterator[str]:
    """A row for each; the first of a way after the first has the seconds until it was ready."""
    way, since = "", time.monotonic()
    for one in found:
        searches = (SEARCHED + 1) * one.ms / 1000
        others_s = max(time.monotonic() - since - searches, 0)
        ready = f"{others_s:.0f}" if way and one.way != way else ""
        way, since = one.way, time.monotonic()
        seen = f"{one.seen:,} {one.order}"
        yield row((one.way, seen, f"{one.recall:.3f}", str(one.rows), f"{one.ms:.1f}", ready))


if __name__ == "__main__":
    main()
