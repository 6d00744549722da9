"""`make ablation`: what each part of the model is worth on two valid windows; test is not read.

By time most users of the valid window are new, on P1 none is.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from benchmarks.quality import protocols
from benchmarks.quality.runs import train
from benchmarks.table import head, row
from benchmarks.variants import VARIANTS
from components.node.connection import name_url
from pipeline.settings import DATABASE_URL, Settings


def main() -> None:
    """Prints one table, in Markdown; one seed each."""
    with protocols.sample_server("two-tower-ablation-") as (folder, url):
        p1 = protocols.arrange(url, protocols.P1)
        worlds = [
            (url, Settings(folder=folder / "time")),
            (p1, Settings(folder=folder / "p1", **protocols.P1.settings)),  # type: ignore[arg-type]
        ]
        for line in _lines(worlds):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


def _lines(worlds: list[tuple[str, Settings]]) -> Iterator[str]:
    of_fit = ("AUC-PR", "epochs", "s")
    yield head(("model", "NDCG@10, by time", *of_fit, "NDCG@10, P1", *of_fit))
    for name, changes in VARIANTS.items():
        cells = [cell for url, settings in worlds for cell in _cells(url, settings, changes)]
        yield row((name, *cells))


def _cells(url: str, settings: Settings, changes: dict[str, Any]) -> list[str]:
    name_url(DATABASE_URL, url)
    run = train(settings.replaced(train=json.dumps(changes)))
    figures = (run.best["val_ndcg"], run.best["val_auc_pr"])
    return [*(f"{figure:.4f}" for figure in figures), str(run.epochs), f"{run.seconds:.0f}"]


if __name__ == "__main__":
    main()
