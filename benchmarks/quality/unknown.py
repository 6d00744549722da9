"""What a user gets of whom nothing is known: the model's default embedding, or popularity.

`python -m benchmarks.quality.unknown` compares both on the eval window of the last run.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from benchmarks.quality.report import Section, cell
from benchmarks.quality.runs import Trained, last_trained
from benchmarks.table import head, row
from components import ranking_metrics
from components.retrieval_evaluator.component import vectors
from components.retrieval_evaluator.measure import GATED, KS, interval, measure, popular
from components.retrieval_evaluator.window import Window, read_window
from components.user_groups import members
from pipeline.local.source import source_database
from pipeline.settings import from_environment
from releases.search import NOBODY
from schema.arrays import Float32, Float64, Int64
from schema.database import Connection, connect
from schema.documents.ranking import Interval
from schema.signatures import EMBEDDING, SERVING_DEFAULT
from serving.recommender.answer import Item
from serving.recommender.exploration import explored
from serving.recommender.ladder import COLD_MOST
from serving.recommender.recommender import Options
from serving.user_features import extract_user_features

__all__ = ["Compared", "compare_unknown", "unknown_section"]

_ABOUT = (
    "Every user of the eval window gets the list of a user without decisions, as of the window's"
    " beginning; nothing is removed. The model's is that of its default embedding, popularity's"
    " that of the ladder, without and with its places for videos that hardly anybody knows."
    " NDCG@10; the difference is the model's minus popularity's without them, with its 95 %"
    " bootstrap interval over users. Only of the first group nothing was known in truth"
)


class Compared(NamedTuple):
    """NDCG@10 of one group of users on one window.

    Attributes:
        window: name of the window.
        seen: decisions of the group's users before the window.
        users: their number.
        model: of the default embedding, one for each run.
        popularity: of the most liked.
        served: of the same with exploration, as the ladder answers.
        change: the model's, mean over runs, minus popularity's.
    """

    window: str
    seen: str
    users: int
    model: list[float]
    popularity: float
    served: float
    change: Interval


def compare_unknown(name: str, connection: Connection, runs: Sequence[Trained]) -> list[Compared]:
    """By number of decisions before the window, then all users together."""
    whole = read_window(runs[0].users, runs[0].popularity, runs[0].catalogue)
    window = replace(whole, seen=[np.array([], np.int64)] * len(whole.users))
    model = np.stack([_ndcg(_by_model(connection, run, window), window) for run in runs])
    popularity = _ndcg(popular(window), window)
    served = _ndcg(_served(window), window)
    decided = [len(rows) for rows in whole.seen]
    groups = [*members(decided), ("any", np.ones(len(decided), bool))]
    return [
        Compared(
            name, label, int(mask.sum()), [float(own[mask].mean()) for own in model],
            float(popularity[mask].mean()), float(served[mask].mean()),
            interval((model.mean(0) - popularity)[mask]),
        )
        for label, mask in groups
    ]  # fmt: skip


def unknown_section(compared: Sequence[Compared]) -> Section:
    """The table of all windows."""
    names = ("window", "decisions before", "users", "model", "popularity", "difference",
             "popularity with exploration")  # fmt: skip
    rows = [
        row((
            one.window, one.seen, f"{one.users:,}", cell(one.model), f"{one.popularity:.4f}",
            f"{one.change.mean:+.4f} ({one.change.low:+.4f} to {one.change.high:+.4f})",
            f"{one.served:.4f}",
        ))
        for one in compared
    ]  # fmt: skip
    return Section(
        "UNKNOWN: lists for a user without decisions", [_ABOUT + ".", "", head(names), *rows]
    )


def _ndcg(top: Int64, window: Window) -> Float64:
    return measure(top, window)[1][GATED]


def _by_model(connection: Connection, run: Trained, window: Window) -> Int64:
    """[users, K], one list for all."""
    _, videos = vectors(run.model, window, run.users, run.catalogue)
    nobody = _default_embedding(connection, run.model)[np.newaxis]
    top = ranking_metrics.top_k(nobody, videos, window.seen[:1], max(KS))
    return np.repeat(top, len(window.users), axis=0)


def _default_embedding(connection: Connection, model: Path) -> Float32:
    """[768] of a user without decisions, from the features that a request gets."""
    signature = tf.saved_model.load(str(model)).signatures[SERVING_DEFAULT]
    specs = signature.structured_input_signature[1]
    instance = extract_user_features(connection, NOBODY)
    given = {name: tf.constant([instance[name]], spec.dtype) for name, spec in specs.items()}
    return np.asarray(signature(**given)[EMBEDDING].numpy()[0], np.float32)


def _served(window: Window) -> Int64:
    """[users, K] of the ladder's rung `popular`, each user's list with its own draws."""
    options = Options()
    random = Random(options.seed)  # noqa: S311
    order = np.argsort(-window.likes, kind="stable")
    ranked = [Item(str(video), rank, 0.0, "") for rank, video in enumerate(order, 1)]
    best, cold = ranked[: max(KS)], ranked[-COLD_MOST:]
    lists = [explored(best, cold, options.epsilon, random) for _ in window.users]
    return np.array([[int(item.video_id) for item in items] for items in lists], np.int64)


def main() -> None:
    """Prints the table of the last run."""
    settings = from_environment()
    with (
        source_database(settings) as (url, _),
        closing(connect(url, readonly=True)) as connection,
    ):
        found = compare_unknown("last run", connection, [last_trained(settings)])
    title, lines = unknown_section(found)
    sys.stdout.write("\n".join((f"## {title}", "", *lines, "")))


if __name__ == "__main__":
    main()
