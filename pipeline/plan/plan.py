"""The plan of a run: what it would read, compute and write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.moment.cut import Cut, decide
from pipeline.plan.duration import node_seconds, run_seconds
from pipeline.plan.matching import as_of, cached_nodes
from pipeline.plan.nodes import COMPUTING, EFFECTS, EFFECTS_OF_A_MODEL, RESOLVERS
from pipeline.plan.past import Earlier, earlier_runs
from pipeline.settings import Settings
from releases.price import Price, price
from releases.registry import read_pointer
from schema.database import Connection

__all__ = ["NodePlan", "Plan", "TablePlan", "make_plan"]

_NOTHING = Price(0, 0.0, 0)


@dataclass(frozen=True)
class TablePlan:
    """A source table: its rows, how many more than in the last run, and whether any differs."""

    rows: int
    new_rows: int
    changed: bool


@dataclass(frozen=True)
class NodePlan:
    """A node: whether it takes an earlier result, and its seconds; None if they are not known."""

    node: str
    cached: bool
    seconds: float | None


@dataclass(frozen=True)
class Plan:
    """What a run would do now.

    Attributes:
        tables: by name.
        nodes: readers first, then those that compute, look up, and have effects.
        mirror_rows: to write into the application's tables, if the model passes its gates; 0 where
            the run would make no new version.
        wal_bytes: write-ahead log of that.
        minutes: of the whole command; None if a node has never been computed here.
    """

    tables: dict[str, TablePlan]
    nodes: list[NodePlan]
    mirror_rows: int
    wal_bytes: int
    minutes: float | None


def make_plan(connection: Connection, settings: Settings) -> Plan:
    """The plan by database, settings, sources and ML Metadata; nothing is written.

    Raises:
        DataError: if a run would end at once, because a window has no like.
    """
    cut, live = decide(connection, settings.window_rule), read_pointer(connection)
    earlier = earlier_runs(settings.metadata)
    now = as_of(cut, live, settings)
    cached = cached_nodes(now, earlier)
    is_new = not {"Trainer", "ReleaseFit", "RetrievalEvaluator"} <= cached
    quick = cached if is_new else cached | {*EFFECTS_OF_A_MODEL}
    seconds = node_seconds((*now.readers, *COMPUTING, *RESOLVERS, *EFFECTS), quick, earlier)
    in_all = run_seconds(seconds, settings)
    cost = price(connection) if is_new and settings.mirror and settings.release else _NOTHING
    return Plan(
        _tables(cut, earlier),
        [NodePlan(name, name in cached, own) for name, own in seconds.items()],
        cost.rows,
        cost.wal_bytes,
        None if in_all is None else round(in_all / 60, 2),
    )


def _tables(cut: Cut, earlier: Sequence[Earlier]) -> dict[str, TablePlan]:
    before = _last_fingerprints(earlier)
    return {
        table: _table(fingerprint, before.get(table, "0:"))
        for table, fingerprint in cut.fingerprints.items()
    }


def _table(now: str, before: str) -> TablePlan:
    rows, last = (int(text.partition(":")[0]) for text in (now, before))
    return TablePlan(rows, rows - last, now != before)


def _last_fingerprints(earlier: Sequence[Earlier]) -> dict[str, str]:
    """By table, `rows:hash` as a reader of the newest run that has read it."""
    found: dict[str, str] = {}
    for run in reversed(earlier):
        for one in run.nodes.values():
            for text in filter(None, one.properties.get("input_fingerprint", "").split(",")):
                table, _, fingerprint = text.partition(":")
                found[table] = fingerprint
    return found
