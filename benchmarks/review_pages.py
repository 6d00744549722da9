"""`make bench-review`: the pages of the last run: how large, how soon painted, how long to write.

Each page is opened from its file in the installed Chromium, without a window and with nothing of it
in a cache. Prints one table, in Markdown, for docs/review.md.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from playwright.sync_api import Browser, sync_playwright

from benchmarks.machine import facts
from benchmarks.table import head, row
from components.model_review.kept import keep_review
from components.model_review.reviews import TFMA, reviews_of
from pipeline.settings import Settings, from_environment
from schema.documents.review import Review
from schema.errors import SetupError

__all__ = ["Opened", "main", "opened"]

ROUNDS = 5
OURS, BOARD = 500_000, 1_500_000
"""Most bytes of a page of ours, and of a dashboard."""
PAINTED_S, WRITTEN_S = 0.5, 20
MARKS = "svg polyline, svg circle, svg rect, table td"
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"


class Opened(NamedTuple):
    """A page, medians over the rounds: seconds to its first paint, and until a mark is drawn."""

    size: int
    painted_s: float
    drawn_s: float


def main() -> None:
    """Writes, opens, prints."""
    settings = from_environment()
    with TemporaryDirectory() as folder, sync_playwright() as driver:
        page = Path(folder) / "review.html"
        seconds = _written(settings, page)
        path = shutil.which("chromium")
        with driver.chromium.launch(executable_path=path) as browser:
            sys.stdout.write(_table(seconds, _pages(browser, page)))


def opened(browser: Browser, page: Path) -> Opened:
    """The page, opened in a context of its own each time."""
    painted, drawn = [], []
    for _ in range(ROUNDS):
        with browser.new_context() as context:
            tab = context.new_page()
            started = time.perf_counter()
            tab.goto(page.as_uri())
            tab.locator(MARKS).first.wait_for(state="attached")
            drawn.append(time.perf_counter() - started)
            tab.screenshot()  # only once something is painted
            painted.append(tab.evaluate(PAINT) / 1000)
    return Opened(page.stat().st_size, median(painted), median(drawn))


def _written(settings: Settings, page: Path) -> float:
    """Seconds to write all pages of the last run, TFMA being loaded, as it is in the run.

    Raises:
        SetupError: if there is no finished run.
    """
    if not settings.review_figures.exists():
        raise SetupError("a finished run", "none", "start with `make run`")
    from components.model_review.dashboards.build import KEPT, write_dashboards

    review = Review.read(settings.review_figures)
    last = reviews_of(settings.review_page) / review.version / KEPT
    window = tuple(json.loads(last.read_bytes())["window"])
    started = time.perf_counter()
    write_dashboards(reviews_of(page), Path(review.places["evaluation"]), review, window)
    keep_review(page, review)
    return time.perf_counter() - started


def _pages(browser: Browser, page: Path) -> dict[str, tuple[Opened, int]]:
    """Each page with the most bytes that it may have."""
    version = Review.read(page.with_suffix(".json")).version
    folder = reviews_of(page) / version
    boards = {title: (opened(browser, folder / f"{n}.html"), BOARD) for n, title in TFMA.items()}
    index = reviews_of(page) / "index.html"
    return {
        "review": (opened(browser, page), OURS),
        "index": (opened(browser, index), OURS),
    } | boards


def _table(seconds: float, pages: dict[str, tuple[Opened, int]]) -> str:
    lines = [head(("page", "size", "limit", "first paint", "limit", "first mark"))]
    for name, (found, most) in pages.items():
        limit = f"{PAINTED_S} s" if most == OURS else ""
        sizes = (f"{found.size / 1000:,.0f} kB", f"{most / 1000:,.0f} kB")
        times = (f"{found.painted_s:.2f} s", limit, f"{found.drawn_s:.2f} s")
        lines.append(row((name, *sizes, *times)))
    lines.append(f"\nAll pages written in {seconds:.2f} s (limit {WRITTEN_S} s). {facts()}\n")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
