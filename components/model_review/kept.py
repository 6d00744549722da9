"""Keeps a review with those of other versions, beside the page of the last run."""

from __future__ import annotations

from pathlib import Path

from components.model_review.index import write_index
from components.model_review.page import redraw, write_review
from components.model_review.reviews import folder_of, remove_old, reviews_of, versions_in
from schema.documents.review import Review

__all__ = ["keep_review", "redraw_all"]


def keep_review(page: Path, review: Review) -> None:
    """Writes the last run's page, its version's copy of it, and the index of all versions.

    Pages of versions that are neither new nor kept are removed.
    """
    reviews = reviews_of(page)
    copy = folder_of(reviews, review.version) / "review.html"
    copy.parent.mkdir(parents=True, exist_ok=True)
    for file in (copy, page):
        write_review(file, review)
    remove_old(reviews, {one.version for one in review.kept})
    write_index(reviews)


def redraw_all(page: Path) -> Path:
    """Redraws the last run's page, the reviews of all versions, and their index.

    Returns:
        the index.
    """
    reviews = reviews_of(page)
    copies = (folder_of(reviews, version) / page.name for version in versions_in(reviews))
    for file in (page, *copies):
        redraw(file)
    return write_index(reviews)
