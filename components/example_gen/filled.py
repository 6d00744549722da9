"""A query filled by the cut of a run: what decides whether an earlier reading is used again."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import datetime
from typing import NamedTuple

from components.example_gen.example_query import ExampleQuery
from components.moment.cut import Cut
from schema.queries import fill

__all__ = ["Filled", "filled"]


class Filled(NamedTuple):
    """Texts for the cache key.

    Attributes:
        queries: JSON object of the filled query by split.
        windows: the ends of the windows, as JSON.
        fingerprint: of the tables that the query reads.
    """

    queries: str
    windows: str
    fingerprint: str


def filled(reading: ExampleQuery, cut: Cut) -> Filled:
    """The query's texts at this cut."""
    since = datetime.fromisoformat(reading.since) if reading.since else None
    windows = replace(cut.windows, since=since)
    sampling = asdict(reading.sampling)
    queries = {
        name: fill(reading.query, windows, name, sampling, cut.without_key)
        for name in reading.splits
    }
    return Filled(
        json.dumps(queries, sort_keys=True),
        json.dumps(windows.as_texts()),
        cut.fingerprint_of(reading.tables),
    )
