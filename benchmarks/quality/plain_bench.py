"""Plain runs on the sample and on pseudo users, with everything that the page says of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from benchmarks.quality import protocols
from benchmarks.quality.places import HOLD_BACK
from benchmarks.quality.plain_figures import compare_plain
from benchmarks.quality.plain_report import new_users_section, real_section
from benchmarks.quality.plain_run import PlainRun, rank_eval_window, run_plainly
from benchmarks.quality.pseudo import PseudoWorld, load_world
from benchmarks.quality.report import Section
from components.node.connection import name_url
from pipeline.settings import DATABASE_URL, Settings
from schema.database import connect
from schema.documents.ranking import RankingFigures

__all__ = ["PlainWork", "plain_pseudo", "plain_sections", "plain_work"]

SEEDS = protocols.REAL.seeds


class PlainWork(NamedTuple):
    """The database with held-back decisions, and what was run; one of each list for each seed."""

    url: str
    runs: list[PlainRun]
    whole: list[RankingFigures]


def plain_work(url: str, folder: Path, seeds: tuple[int, ...] = SEEDS) -> PlainWork:
    """Runs on what REAL leaves of the database `url`, then on all of it."""
    copy = protocols.arrange(url, protocols.REAL)
    name_url(DATABASE_URL, copy)
    runs = [run_plainly(settings) for settings in _settings(folder / "real", seeds)]
    name_url(DATABASE_URL, url)
    whole = [rank_eval_window(settings) for settings in _settings(folder / "whole", seeds)]
    return PlainWork(copy, runs, whole)


def plain_pseudo(
    url: str, folder: Path, world: PseudoWorld, seeds: tuple[int, ...]
) -> list[PlainRun]:
    """Runs on each pseudo user's first ratings alone, in a new database beside `url`."""
    copy = protocols.make_empty(url, "pseudo_plain")
    with closing(connect(copy)) as connection:
        load_world(connection, world)
        with connection, connection.cursor() as cursor:
            cursor.execute(HOLD_BACK)
    name_url(DATABASE_URL, copy)
    return [run_plainly(settings) for settings in _settings(folder / "pseudo_plain", seeds)]


def plain_sections(work: PlainWork) -> list[Section]:
    """Measures, in a process that runs nothing afterwards."""
    with closing(connect(work.url, readonly=True)) as connection:
        figures = compare_plain(connection, work.runs)
    return [real_section(work.runs, *figures), new_users_section(work.whole)]


def _settings(folder: Path, seeds: tuple[int, ...]) -> Iterator[Settings]:
    """A folder for each seed: a first run, without a live model to be compared with."""
    for seed in seeds:
        yield Settings(folder=folder / str(seed), train=json.dumps({"seed": seed}))
