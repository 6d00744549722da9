"""`make bench-warm`: releases on growing data, with and without warm start.

For each share of MovieLens-100K's decisions, oldest first, one whole run with the usual windows:
first with the closed form in every fit, then, in a folder of its own, with WARM_START.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

from benchmarks.quality.protocols import sample_server
from benchmarks.quality.runs import run_nodes
from benchmarks.table import head, row
from components.node.connection import name_url
from pipeline.settings import DATABASE_URL, Settings
from schema.database import connect
from schema.documents.fit import FitRecord
from schema.documents.review import Review

SHARES = (0.7, 0.8, 0.9, 1.0)
"""Of all decisions, that have come by a release."""
HEAD = (
    "WARM_START", "decisions", "begins with", "epochs", "Trainer, s",
    "NDCG@10, valid", "AUC-PR, valid", "NDCG@10, eval", "AUC-PR, eval", "both gates",
)  # fmt: skip


def main() -> None:
    """Prints one table, in Markdown; one seed."""
    with sample_server("two-tower-warm-") as (folder, url):
        name_url(DATABASE_URL, url)
        for line in _lines(folder, url):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


def _lines(folder: Path, url: str) -> Iterator[str]:
    yield head(HEAD)
    for warm in (False, True):
        for share in SHARES:
            settings = Settings(
                folder=folder / f"warm-{warm:d}",
                warm_start=warm,
                drift_factor=10.0,  # a tenth of the decisions at once is no day's growth
                **_windows(url, share),  # type: ignore[arg-type]
            )
            yield _row(share, settings)


def _windows(url: str, share: float) -> dict[str, str]:
    """80 %, 90 % and all of the decisions that have come."""
    with closing(connect(url, readonly=True)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT percentile_disc(%s::float8[]) WITHIN GROUP (ORDER BY decided_at)"
            " FROM user_video_decisions",
            ([0.8 * share, 0.9 * share, share],),
        )
        (moments,) = cursor.fetchone() or ((),)
    names = ("train_end", "valid_end", "eval_end")
    return {name: at.isoformat() for name, at in zip(names, moments, strict=True)}


def _row(share: float, settings: Settings) -> str:
    seconds = run_nodes(settings)["Trainer"]
    review = Review.read(settings.review_figures)
    fit = cast("FitRecord", review.fit)  # None only in the JSON of an older version
    ndcg = review.ranking.models["candidate"].ndcg_10.mean
    auc_pr = review.candidate.overall.auc_pr
    figures = (fit.best["val_ndcg"], fit.best["val_auc_pr"], ndcg, auc_pr)
    cells = [
        f"{settings.warm_start:d}",
        f"{share:.0%}",
        fit.began,
        str(fit.epochs),
        f"{seconds:.0f}",
    ]
    cells += [f"{figure:.4f}" for figure in figures]
    cells.append("yes" if review.verdict.blessed else "no")
    return row(cells)


if __name__ == "__main__":
    main()
