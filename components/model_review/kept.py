"""Keeps a review with those of other versions, beside the page of the last run."""

from __future__ import annotations

from pathlib import Path

from components.model_review.index import write_index
from components.model_review.page import write_review
from components.model_review.reviews import folder_of, remove_old, reviews_of
from schema.documents.review import Review

__all__ = ["keep_review"]


def keep_review(page: Path, review: Review) -> Path:
    """Writes the last run's page, its version's copy of it, and the index of all versions.

    Pages of versions that are neither new nor kept are removed.

    Returns:
        the index.
    """
    reviews = reviews_of(page)
    copy = folder_of(reviews, review.version) / "review.html"
    copy.parent.mkdir(parents=True, exist_ok=True)
    for file in (copy, page):
        write_review(file, review)
    remove_old(reviews, {one.version for one in review.kept})
    return write_index(reviews)
