"""`make ablation`: what each part of the model is worth on P1's valid window; test is not read."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

from pipeline.quality import protocols
from pipeline.quality.runs import train
from pipeline.settings import DATABASE_URL, Settings

VARIANTS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "without the direct way (the owner's towers alone)": {"direct": False},
    "towers of one layer of 256": {"hidden": [256]},
    "scale and bias not learned": {"scale_and_bias": False},
    "pairs' loss alone": {"retrieval_weight": 0.0},
    "softmax alone": {"pair_weight": 0.0},
    "softmax over 512 drawn candidates": {"softmax_candidates": 512},
    "the same without sampling correction": {
        "softmax_candidates": 512,
        "sampling_correction": False,
    },
    "the 100 hardest negatives alone": {"hard_negatives": 100},
    "whole histories while training": {"history_dropout": 0.0},
    "one later like for each moment": {"targets": 1},
    "videos never shown as unknown": {"unknown_rate": 0.0},
}


def main() -> None:
    """Prints one table, in Markdown; one seed each."""
    with protocols.sample_server("two-tower-ablation-") as (folder, url):
        os.environ[DATABASE_URL] = protocols.arrange(url, protocols.P1)
        for line in _lines(folder):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


def _lines(folder: Path) -> Iterator[str]:
    yield "| model | NDCG@10, valid | AUC-PR, valid | best epoch | seconds |"
    yield "|---|---|---|---|---|"
    settings = Settings(folder=folder / "run", **protocols.P1.settings)  # type: ignore[arg-type]
    for name, changes in VARIANTS.items():
        run = train(replace(settings, train=json.dumps(changes)))
        ranking = run.history["val_ndcg"]
        gates = run.history["val_gates"]
        best = gates.index(max(gates))
        auc_pr = run.history["val_auc_pr"][best]
        yield f"| {name} | {ranking[best]:.4f} | {auc_pr:.4f} | {best + 1} | {run.seconds:.0f} |"


if __name__ == "__main__":
    main()
