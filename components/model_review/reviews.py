"""The folder of reviews: a folder of pages for each version, and an index of them all."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Collection
from pathlib import Path

__all__ = [
    "DASHBOARDS",
    "TFMA",
    "dashboards_in",
    "folder_of",
    "links_of",
    "remove_old",
    "replace",
    "reviews_of",
    "versions_in",
]

TFMA = {"slices": "Slicing metrics", "plots": "Plots", "series": "Time series"}
"""File name and title of each of TFMA's dashboards."""
DASHBOARDS = TFMA | {"data": "Data"}
"""Of all pages beside the review; a version may lack some."""
NEWEST = 10
"""Number of the newest versions whose pages stay, with those of versions that are kept."""


def reviews_of(page: Path) -> Path:
    """The folder of all reviews, which lies beside the page of the last run."""
    return page.parent / "reviews"


def folder_of(reviews: Path, version: str) -> Path:
    """The folder of a version's pages."""
    return reviews / version


def dashboards_in(folder: Path) -> dict[str, str]:
    """Those pages that the folder has beside the review."""
    found = DASHBOARDS.items()
    return {name: title for name, title in found if (folder / f"{name}.html").exists()}


def links_of(page: Path, version: str) -> dict[str, str]:
    """Address to title of the pages around a version's review: its own copy, or the last run's."""
    copied = page.parent.name == version
    reviews = page.parent.parent if copied else reviews_of(page)
    if not reviews.is_dir():
        return {}
    before = "" if copied else f"{reviews.name}/{version}/"
    boards = dashboards_in(folder_of(reviews, version))
    index = "../index.html" if copied else f"{reviews.name}/index.html"
    return {index: "All versions"} | {f"{before}{n}.html": title for n, title in boards.items()}


def versions_in(reviews: Path) -> list[str]:
    """Versions that have pages, the newest first."""
    found = (folder.name for folder in reviews.iterdir() if folder.name.isdecimal())
    return sorted(found, key=int, reverse=True)


def remove_old(reviews: Path, kept: Collection[str]) -> None:
    """Removes the pages of versions that are neither among the newest nor among `kept`."""
    for version in versions_in(reviews)[NEWEST:]:
        if version not in kept:
            shutil.rmtree(folder_of(reviews, version))


def replace(file: Path, text: str) -> None:
    """Writes the file, with its folder; a reader sees all of the old or all of the new text."""
    file.parent.mkdir(parents=True, exist_ok=True)
    staging = file.with_name(f".{file.name}-{uuid.uuid4().hex}")
    try:
        staging.write_text(text, encoding="utf-8")
        staging.replace(file)
    finally:
        staging.unlink(missing_ok=True)
