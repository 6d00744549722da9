"""Printed output of `two-tower status`."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from commands.server_looks import Server
from commands.status_looks import COUNTED, Database, Status
from pipeline.run_history import Ended, PastRun

__all__ = ["age", "show_status"]

_COLOURS = {
    Ended.RELEASED: "green", Ended.UNCHANGED: "green", Ended.REFUSED: "yellow", Ended.FAILED: "red",
}  # fmt: skip
_SLOWEST = 5
"""Nodes of the newest run that are named."""
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def show_status(found: Status, console: Console) -> None:
    """Print what is live, the runs, the newest one's slowest nodes, and the servers."""
    for line in (*_live(found.database), *_server("service", found.service)):
        console.print(line, highlight=False, soft_wrap=True)
    for line in _server("model server", found.model_server):
        console.print(line, highlight=False, soft_wrap=True)
    if not found.runs:
        console.print("runs: none in this folder")
        return
    console.print(_runs(found.runs))
    console.print(f"nodes of the newest run: {_nodes(found.runs[0])}", highlight=False)


def age(seconds: float) -> str:
    """Seconds in the largest unit that they fill twice: `3 h`, `47 min`."""
    for size, unit in ((_DAY, "days"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _live(database: Database) -> Iterator[str]:
    if database.problem:
        yield f"database: [red]{escape(database.problem)}[/red]"
        return
    if database.since is None:
        yield "live: no version yet"
        return
    before = f", {database.previous} before" if database.previous else ""
    yield f"live: [bold]{database.live}[/bold], for {age(database.age_s or 0)}{before}"
    counts = (f"{_count(n)} {side}" for side, n in (database.without_vector or {}).items())
    yield f"without a vector: {', '.join(counts)}"


def _count(lacking: int | None) -> str:
    if lacking is None:
        return "an unknown number of"
    return f"{lacking:,} or more" if lacking >= COUNTED else f"{lacking:,}"


def _server(name: str, server: Server) -> Iterator[str]:
    where = f" at {escape(server.url)}" if server.url else ""
    yield f"{name}{where}: {escape(server.state)}"
    for part, state in server.parts.items():
        yield f"  {escape(part)}: {escape(state)}"


def _runs(runs: list[PastRun]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), title="last runs", title_justify="left")
    for heading in ("started (UTC)", "ended", "time", "cached", "reason"):
        table.add_column(heading, no_wrap=heading != "reason", overflow="fold")
    for run in runs:
        cached = sum(node.state == "cached" for node in run.nodes)
        ended = f"[{_COLOURS.get(run.ended, 'dim')}]{run.ended}"
        table.add_row(
            f"{run.started_at:%Y-%m-%d %H:%M}", ended, age(run.seconds),
            f"{cached} of {len(run.nodes)}", escape(run.reason),
        )  # fmt: skip
    return table


def _nodes(run: PastRun) -> str:
    slowest = sorted(run.nodes, key=lambda node: node.seconds, reverse=True)[:_SLOWEST]
    return ", ".join(f"{node.node} {node.seconds:.0f} s" for node in slowest)
