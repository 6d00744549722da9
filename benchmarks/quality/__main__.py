"""`make bench-quality`: every protocol, all peers and our model in one run; docs/quality.md."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from benchmarks.quality import protocols
from benchmarks.quality.comparing import compare, compare_cold
from benchmarks.quality.judging import judge
from benchmarks.quality.plain_bench import plain_pseudo, plain_sections, plain_work
from benchmarks.quality.plain_report import pseudo_section
from benchmarks.quality.pseudo import CUTS, PseudoWorld, load_world, make_world
from benchmarks.quality.report import (
    Section,
    cold_section,
    section,
    write_report,
)
from benchmarks.quality.runs import Trained, train
from benchmarks.quality.unknown import Compared, compare_unknown, unknown_section
from components.node.connection import name_url
from pipeline.settings import DATABASE_URL, Settings
from schema.database import connect
from schema.windows import WindowRule

PSEUDO_SEEDS = (1,)
PAGE = Path(__file__).resolve().parents[2] / "docs" / "quality.md"


def main() -> None:
    """Trains all, then measures all, since a process that ran TensorFlow cannot be forked."""
    with protocols.sample_server("two-tower-quality-") as (folder, url):
        works = [_work(url, folder, protocol) for protocol in protocols.PROTOCOLS]
        plain = plain_work(url, folder)
        world = make_world()
        pseudo = _pseudo(url, folder, world)
        pseudo_plain = plain_pseudo(url, folder, world, PSEUDO_SEEDS)
        sections = [_section(work) for work in works]
        sections += plain_sections(plain)
        sections.append(_unknown(works))
        judged = judge(world, pseudo, pseudo_plain)
        sections.append(pseudo_section(pseudo, pseudo_plain, judged))
    write_report(PAGE, sections)
    sys.stdout.write(PAGE.read_text(encoding="utf-8"))


class _Work(NamedTuple):
    """One protocol's database and models."""

    protocol: protocols.Protocol
    url: str
    rule: WindowRule
    runs: list[Trained]


def _work(url: str, folder: Path, protocol: protocols.Protocol) -> _Work:
    copy = protocols.arrange(url, protocol)
    settings = Settings(folder=folder / protocol.name, **protocol.settings)  # type: ignore[arg-type]
    runs = _trained(copy, settings, protocol.seeds)
    return _Work(protocol, copy, settings.window_rule, runs)


def _pseudo(url: str, folder: Path, world: PseudoWorld) -> list[Trained]:
    empty = protocols.make_empty(url, "pseudo")
    with closing(connect(empty)) as connection:
        load_world(connection, world)
    settings = Settings(folder=folder / "pseudo", **CUTS)  # type: ignore[arg-type]
    return _trained(empty, settings, PSEUDO_SEEDS)


def _trained(url: str, settings: Settings, seeds: tuple[int, ...]) -> list[Trained]:
    name_url(DATABASE_URL, url)
    return [train(settings.replaced(train=json.dumps({"seed": seed}))) for seed in seeds]


def _section(work: _Work) -> Section:
    with closing(connect(work.url, readonly=True)) as connection:
        if work.protocol is protocols.COLD:
            found = compare_cold(connection, work.rule, work.runs)
            return cold_section(work.protocol, work.runs, *found)
        known = work.protocol.known_only
        return section(
            work.protocol,
            work.runs,
            *compare(connection, work.rule, work.runs, known_only=known),
        )


def _unknown(works: Sequence[_Work]) -> Section:
    compared = list[Compared]()
    for work in works:
        if work.protocol is not protocols.COLD:
            with closing(connect(work.url, readonly=True)) as connection:
                compared += compare_unknown(work.protocol.name.upper(), connection, work.runs)
    return unknown_section(compared)


if __name__ == "__main__":
    main()
