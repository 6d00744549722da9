"""`make bench-scale`: a grown world through the nodes, in their processes and on workers.

Prints a table for docs/engines.md: for each node its seconds, rows a second and memory.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import closing

from benchmarks.machine import facts
from benchmarks.reading.world import Size, grow
from benchmarks.scale.measuring import Cost, measured
from benchmarks.table import head, row
from pipeline.local.postgres import embedded_postgres, open_folder
from pipeline.settings import Settings
from schema.database import connect

WAYS = {
    "local": {"RUNNER": "local"},
    "1 worker": {"RUNNER": "workers", "BEAM_WORKERS": "1"},
    "2 workers": {"RUNNER": "workers", "BEAM_WORKERS": "2"},
}
ON_BEAM = "UserTransform,CatalogueTransform,Users,EvalPairs"
"""Nodes that runs end with, so that every kind of node on Beam has run that needs no model."""
LEAST_S = 1.0
"""Nodes that take less in every way are left out."""


def main() -> None:
    """Make the world, run each way in a folder of its own, print."""
    asked = _asked()
    size = Size(asked.decisions, asked.users, asked.videos)
    with open_folder("two-tower-scale-") as folder, embedded_postgres(folder / "postgres") as url:
        started = time.monotonic()
        with closing(connect(url)) as connection:
            grow(connection, size)
        made = time.monotonic() - started
        costs: dict[str, dict[str, Cost]] = {}
        for at, way in enumerate(asked.ways.split(",")):
            settings = Settings(folder=folder / str(at))
            costs[way] = {}
            for last in asked.last.split(","):
                costs[way] |= measured(settings, url, last, **WAYS[way])
        sys.stdout.write(_table(costs))
        sys.stdout.write(
            f"\n{size.decisions:,} decisions, {size.users:,} users, {size.videos:,} videos,"
            f" made in {made:.0f} s. {facts()}\n"
        )


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--decisions", type=int, default=1_000_000)
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--videos", type=int, default=300_000)
    parser.add_argument(
        "--last", default=ON_BEAM, help="nodes that runs end with, by commas; empty: the whole run"
    )
    parser.add_argument("--ways", default=",".join(WAYS), help="some of them, by commas")
    return parser.parse_args()


def _table(costs: dict[str, dict[str, Cost]]) -> str:
    names = [name for way in costs for name in (f"{way}: s", f"{way}: MB")]
    lines = [head(("node", "rows", *names))]
    for node, first in next(iter(costs.values())).items():
        ways = [way[node] for way in costs.values()]
        if max(cost.seconds for cost in ways) < LEAST_S:
            continue
        cells = [cell for cost in ways for cell in _cells(cost)]
        lines.append(row((node, f"{first.rows:,}" if first.rows else "", *cells)))
    return "\n".join(lines) + "\n"


def _cells(cost: Cost) -> tuple[str, str]:
    """Seconds, with rows a second; MB of the node's process, and of its workers."""
    speed = f" ({cost.rows / cost.seconds:,.0f} rows/s)" if cost.rows else ""
    workers = f" + {cost.workers_mb:,}" if cost.workers_mb else ""
    return f"{cost.seconds:.1f}{speed}", f"{cost.node_mb:,}{workers}"


if __name__ == "__main__":
    main()
