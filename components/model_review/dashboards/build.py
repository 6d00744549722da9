"""Writes the dashboards of a version into its folder, and keeps what later time series need."""

from __future__ import annotations

from pathlib import Path

from components.model_review.dashboards.evaluations import read_evaluation
from components.model_review.dashboards.page import render
from components.model_review.dashboards.plots import plots
from components.model_review.dashboards.series import time_series
from components.model_review.dashboards.slices import slicing_metrics
from components.model_review.reviews import TFMA, dashboards_in, folder_of, replace
from schema.documents.evaluation import Evaluation
from schema.documents.review import Review

__all__ = ["write_dashboards"]

KEPT = "evaluation.json"


def write_dashboards(
    reviews: Path, evaluation: Path, review: Review, window: tuple[str, str]
) -> None:
    """Writes the version's pages beside those of other versions.

    Args:
        reviews: the folder of all versions' pages.
        evaluation: the Evaluator's output.
        review: the candidate's figures.
        window: begin and end of the eval window, ISO 8601 in UTC.
    """
    measured = read_evaluation(evaluation)
    metrics = {one.name: of_slice for one, of_slice in measured.candidate.items()}
    own = Evaluation(version=review.version, window=window, metrics=metrics)
    others = [Evaluation.read(file) for file in sorted(reviews.glob(f"*/{KEPT}"))]
    versions = {"candidate": review.version}
    if review.baseline:
        versions["live"] = review.baseline.version or "whose folder is gone"
    folder = folder_of(reviews, review.version)
    pages = TFMA | dashboards_in(folder)
    for board in (
        slicing_metrics(measured), plots(measured, versions), time_series(own, others),
    ):  # fmt: skip
        replace(folder / f"{board.name}.html", render(board, review.version, pages))
    own.write(folder / KEPT)
