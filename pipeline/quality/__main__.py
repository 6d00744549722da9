"""`make bench-quality`: every protocol, all peers, our model with three seeds; docs/results.md."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from contextlib import closing
from pathlib import Path

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

from pipeline.local.movielens import load_movielens
from pipeline.local.postgres import embedded_postgres
from pipeline.quality import protocols
from pipeline.quality.comparing import compare, compare_cold
from pipeline.quality.report import Section, cold_section, section, write_report
from pipeline.quality.runs import train
from pipeline.settings import DATABASE_URL, Settings
from schema.database import connect

SEEDS = (1, 2, 3)
PAGE = Path(__file__).resolve().parents[2] / "docs" / "results.md"


def main() -> None:
    """Trains all, then measures all, since a process that ran TensorFlow cannot be forked."""
    with tempfile.TemporaryDirectory(prefix="two-tower-quality-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # PostgreSQL runs as another user than root
        with embedded_postgres(folder / "postgres") as url:
            with closing(connect(url)) as connection:
                load_movielens(connection, Settings().folder / "movielens-100k")
            sections = list(_sections(url, folder))
    write_report(PAGE, sections)
    sys.stdout.write(PAGE.read_text(encoding="utf-8"))


def _sections(url: str, folder: Path) -> list[Section]:
    work = []
    for protocol in protocols.PROTOCOLS:
        os.environ[DATABASE_URL] = copy = protocols.arrange(url, protocol)
        settings = Settings(folder=folder / protocol.name, **protocol.settings)  # type: ignore[arg-type]
        runs = [
            train(Settings(**{**vars(settings), "train": json.dumps({"seed": seed})}))
            for seed in SEEDS
        ]
        work.append((protocol, copy, settings.window_rule, runs))
    sections = []
    for protocol, copy, rule, runs in work:
        with closing(connect(copy, readonly=True)) as connection:
            if protocol is protocols.COLD:
                sections.append(cold_section(protocol, runs, *compare_cold(connection, rule, runs)))
            else:
                known = protocol.known_only
                found = compare(connection, rule, runs, known_only=known)
                sections.append(section(protocol, runs, *found))
    return sections


if __name__ == "__main__":
    main()
