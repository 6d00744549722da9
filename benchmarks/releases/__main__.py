"""`make bench-release [ROWS=1000000]`: the cost of a release beside its limits.

Prints two tables in Markdown, and writes docs/search.svg. It takes the last run's model for the
generation, so `make run` comes first.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.machine import facts
from benchmarks.releases.generating import generation_ratio
from benchmarks.releases.searching import chart, ways
from benchmarks.releases.staging import copy_ratio, memory_mb
from benchmarks.releases.switching import asking, mirrored, pointer_ms, switches
from benchmarks.releases.world import Size, fill, stage
from benchmarks.table import Line, head, print_lines, row
from pipeline.local.postgres import embedded_postgres, open_folder
from pipeline.settings import Settings
from releases.migrate import migrate
from releases.switch import switch
from schema.database import Connection, connect

__all__ = ["main"]

TABLES = Path(__file__).parents[2] / "schema" / "tables.sql"
CHART = Path(__file__).parents[2] / "docs" / "search.svg"
SIZE = Size(users=10_000, videos=32_304)
ANSWERS = 100_000
CATALOGUES = (32_304, 100_000)


def main() -> None:
    """Makes the world, measures, prints."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.releases", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="users staged for the memory")
    rows = parser.parse_args().rows
    machine = facts()  # the commit may change meanwhile
    with (
        open_folder("two-tower-release-") as folder,
        embedded_postgres(folder / "postgres") as url,
        closing(connect(url)) as connection,
    ):
        connection.cursor().execute(TABLES.read_text(encoding="utf-8"))
        migrate(connection)
        fill(connection, SIZE)
        print_lines([head(Line._fields)])
        print_lines(row(line) for line in _lines(connection, url, rows))
        print_lines(_search(connection))
    print_lines([f"\n{SIZE.videos:,} videos, {SIZE.users:,} users, made vectors. {machine}"])


def _lines(connection: Connection, url: str, rows: int) -> Iterator[Line]:
    generated, towers = generation_ratio(Settings())
    yield Line("generation, times the towers alone", f"{generated / towers:.2f}", "2")
    staged, bare = copy_ratio(connection, SIZE)
    yield Line("staging, times a bare binary COPY", f"{staged / bare:.2f}", "1.5")
    yield Line(f"memory to stage {rows:,} rows", f"{memory_mb(connection, rows):,} MB", "1,000 MB")
    stage(connection, "1", SIZE)
    switch(connection, "1", mirror=True)
    connection.commit()
    stage(connection, "2", SIZE)
    with asking(url) as asked:
        done = switches(connection, asked, ANSWERS)
    yield Line("switch with mirror", f"{done.forth:.2f} s", "3 s")
    yield Line("rollback with mirror", f"{done.back:.2f} s", "3 s")
    yield Line("rows a second into the mirror", f"{done.rows / done.back:,.0f}", "at least 20,000")
    yield Line("longest statement of a reader", f"{asked.longest_ms:.0f} ms", "100 ms")
    yield Line(f"mixed answers among {asked.answers:,}", str(asked.mixed), "0")
    yield from _dear(connection)
    stage(connection, "3", Size(users=rows, videos=SIZE.videos))
    yield Line(
        f"pointer switch to {rows:,} users", f"{pointer_ms(connection, '3'):.0f} ms", "50 ms"
    )


def _dear(connection: Connection) -> Iterator[Line]:
    """What a switch writes, and with an index on the mirror's vectors; see releases/price.py."""
    plain = mirrored(connection, "2")
    yield Line("WAL of a mirrored row", f"{plain.wal_bytes / plain.rows:,.0f} bytes", "")
    for table in ("user_embeddings", "video_embeddings"):
        connection.cursor().execute(
            f"CREATE INDEX {table}_near ON {table} USING hnsw (embedding vector_ip_ops)"
        )
    connection.commit()
    dear = mirrored(connection, "1")
    yield Line("the same with HNSW on the mirror", f"{dear.wal_bytes / dear.rows:,.0f} bytes", "")
    yield Line("rows a second with HNSW on the mirror", f"{dear.rows / dear.seconds:,.0f}", "")


def _search(connection: Connection) -> Iterator[str]:
    yield "\n" + head(("videos", "way", "recall@20", "ms", "index built in s"))
    for number, videos in enumerate(CATALOGUES):
        version = str(10 + number)
        stage(connection, version, Size(users=0, videos=videos))
        found, built = ways(connection, version, seed=1)
        for way in found:
            seconds = f"{built:.0f}" if way.name.startswith("HNSW") else ""
            yield row((f"{videos:,}", way.name, f"{way.recall:.3f}", f"{way.ms:.1f}", seconds))
        if not number:
            CHART.write_text(chart(found, f"recall@20 over time, {videos:,} videos"), "utf-8")


if __name__ == "__main__":
    main()
