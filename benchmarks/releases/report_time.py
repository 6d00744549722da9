"""How long the report of an experiment with a million exposures takes, on an embedded database.

Prints one table, in Markdown, for docs/experiments.md.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.machine import facts
from benchmarks.releases.experiments import Line
from benchmarks.table import head, row
from pipeline.local.postgres import embedded_postgres, open_folder
from releases.experiments import Experiment, Exposure, assign, find, log_exposures
from releases.experiments.power import prospect
from releases.experiments.registry import Kind
from releases.experiments.report import report
from releases.migrate import migrate
from schema.database import Connection, connect

__all__ = ["main", "measure"]

_TABLES = Path(__file__).parents[2] / "schema" / "tables.sql"
_WORLD = Path(__file__).with_name("report_world.sql")
_USER = "00000000-0000-0000-0000-{:012}"
ANSWERS = 500


def main() -> None:
    """Prints the table."""
    sys.stdout.write("\n".join([head(Line._fields), *map(row, measure())]) + "\n")
    sys.stdout.write(f"\n{facts()}\n")


def measure() -> Iterator[Line]:
    """The lines; there is no limit to compare with."""
    with (
        open_folder("two-tower-bench-") as folder,
        embedded_postgres(folder / "postgres") as url,
        closing(connect(url)) as connection,
    ):
        _fill(connection)
        seconds = _seconds(lambda: report(connection, "towers"))
        yield Line("report of 1,000,000 exposures, 50,000 users", f"{seconds:.1f} s", "-")
        seconds = _seconds(lambda: prospect(connection, 0.5, 0.05, Kind.SPLIT))
        yield Line("what a start says, by the same", f"{seconds:.1f} s", "-")
        experiment = find(connection, "towers")
        seconds = _seconds(lambda: _assign(connection, experiment)) / ANSWERS
        yield Line("the arm of a user", f"{seconds * 1000:.2f} ms", "-")
        seconds = _seconds(lambda: _log(connection, experiment)) / ANSWERS
        yield Line(
            "an answer of 20 videos, logged with its commit", f"{seconds * 1000:.2f} ms", "-"
        )


def _fill(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_TABLES.read_text(encoding="utf-8"))
        migrate(connection)
        cursor.execute(_WORLD.read_text(encoding="utf-8"))
    connection.commit()


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _assign(connection: Connection, experiment: Experiment) -> None:
    for number in range(ANSWERS):
        assign(connection, experiment, _USER.format(1 + 97 * number))


def _log(connection: Connection, experiment: Experiment) -> None:
    """Half of the users are new to the experiment."""
    for number in range(ANSWERS):
        own = (_USER.format(40_000 + 40 * number), "1", "two_tower")
        log_exposures(connection, [
            Exposure(f"00000000-0000-0000-0003-{number:012}", f"00000000-0000-0000-0001-{n:012}",
                     *own, n, experiment.started_at, "towers", "control")
            for n in range(1, 21)
        ])  # fmt: skip
        connection.commit()


if __name__ == "__main__":
    main()
