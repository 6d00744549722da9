"""`python -m benchmarks.quality.tune`: chose the constants of outside.py.

Each setting is fitted on P1's train without the newest fifth of each user's decisions, and ranks
that fifth. Peers that choose within the bench are not among them.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import Any

from benchmarks.quality import outside, protocols
from benchmarks.quality.decisions import Decisions, read_decisions
from benchmarks.quality.tuning import figures
from pipeline.settings import Settings
from schema.database import connect

GRIDS: dict[str, Sequence[Mapping[str, Any]]] = {
    "sasrec": [
        outside.SASREC | own
        for own in (
            {},
            {"nopes": 1.0},
            {"epochs": 25},
            {"length": 100},
            {"length": 100, "nopes": 0.0, "epochs": 10},
            {"length": 100, "nopes": 1.0},
            {"length": 100, "nopes": 1.0, "epochs": 30},
            {"length": 50, "nopes": None},
            {"length": 50, "nopes": 1.0, "n_factors": 128, "epochs": 20},
        )
    ],
    "recvae": [
        outside.RECVAE | own
        for own in (
            {},
            {"n_epochs": 25},
            {"gamma": 0.015},
            {"gamma": 0.015, "n_epochs": 25},
            {"hidden_dim": 200, "latent_dim": 100, "n_epochs": 25},
            {"hidden_dim": 200, "latent_dim": 100, "n_epochs": 50},
        )
    ],
}
"""What was chosen first, then what differs from it."""


def main() -> None:
    """Prints every setting with its NDCG@10."""
    decisions = _train()
    for script, grid in GRIDS.items():
        for setting, found in figures(partial(outside.fitted, script), grid, decisions):
            sys.stdout.write(f"{script} {found:.4f} {setting}\n")
            sys.stdout.flush()


def _train() -> Decisions:
    with protocols.sample_server("two-tower-tune-") as (folder, url):
        copy = protocols.arrange(url, protocols.P1)
        rule = Settings(folder=folder, **protocols.P1.settings).window_rule  # type: ignore[arg-type]
        with closing(connect(copy, readonly=True)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT video_id::text FROM videos ORDER BY video_id")
            videos = [video for (video,) in cursor]
            return read_decisions(connection, rule, (), videos)


if __name__ == "__main__":
    main()
