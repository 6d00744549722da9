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
from schema.features import Kind

VARIANTS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "closed form alone": {"epochs": 0},
    "gradients alone, from random item vectors": {"closed_form": False},
    "without the shortcut (the owner's towers alone)": {"direct": False},
    "towers of one layer of 256": {"hidden": [256]},
    "item vectors of 32": {"item_dimension": 32},
    "without text": {"ignored": [Kind.TEXT]},
    "without histories": {"ignored": [Kind.HISTORY]},
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
    "the newest of a history weigh no more": {"history_decay": 1e9},
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
    yield "| model | NDCG@10, valid | AUC-PR, valid | epochs | seconds |"
    yield "|---|---|---|---|---|"
    settings = Settings(folder=folder / "run", **protocols.P1.settings)  # type: ignore[arg-type]
    for name, changes in VARIANTS.items():
        run = train(replace(settings, train=json.dumps(changes)))
        figures = f"{run.best['val_ndcg']:.4f} | {run.best['val_auc_pr']:.4f}"
        yield f"| {name} | {figures} | {run.epochs} | {run.seconds:.0f} |"


if __name__ == "__main__":
    main()
