"""Our page and the index in a browser, from their files: light and dark, desk and phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from components.model_review.kept import keep_review
from schema.documents.review import Review
from tests.axe import serious_faults
from tests.browser import PHONE, overflow, visiting
from tests.components.test_review_findings import complete

pytestmark = pytest.mark.browser

PAGES = ("review.html", "reviews/index.html", "reviews/1795354658/review.html")
DESK = {"width": 1200, "height": 900}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two runs leave; the first was refused."""
    made = tmp_path_factory.mktemp("reviews")
    refused = {"blessed": False, "reasons": ["AUC-PR: expected more"], "checks": []}
    for change in ({"version": "1795354600", "verdict": refused}, {"version": "1795354658"}):
        keep_review(made / "review.html", Review.model_validate({**complete(), **change}))
    return made


@pytest.mark.parametrize("file", PAGES)
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_a_page_is_no_wider_than_its_window_and_asks_for_nothing(
    browser: Browser, folder: Path, file: str, viewport: dict[str, int]
) -> None:
    with visiting(browser, (folder / file).as_uri(), viewport=viewport) as page:
        assert overflow(page) == 0


def test_a_gate_s_check_is_read_without_scrolling(browser: Browser, folder: Path) -> None:
    with visiting(browser, (folder / PAGES[0]).as_uri()) as page:
        table = page.locator("#gates .scroll")
        assert table.evaluate("one => one.scrollWidth - one.clientWidth") == 0


def test_every_chart_of_the_review_draws_marks(browser: Browser, folder: Path) -> None:
    with visiting(browser, (folder / PAGES[0]).as_uri()) as page:
        charts = page.locator("svg").all()
        assert len(charts) > 5
        for chart in charts:
            assert chart.locator("polyline, rect, line, circle, path").count()


@pytest.mark.parametrize("file", PAGES)
def test_our_pages_are_below_half_a_megabyte(folder: Path, file: str) -> None:
    assert (folder / file).stat().st_size < 500_000


@pytest.mark.axe
@pytest.mark.parametrize("file", PAGES)
@pytest.mark.parametrize(
    ("scheme", "viewport"), [("light", DESK), ("dark", DESK), ("light", PHONE)],
    ids=["light", "dark", "phone"],
)  # fmt: skip
def test_axe_finds_no_serious_fault(
    browser: Browser, folder: Path, axe: str, file: str, scheme: str, viewport: dict[str, int]
) -> None:
    given = {"color_scheme": scheme, "viewport": viewport}
    with visiting(browser, (folder / file).as_uri(), **given) as page:
        assert serious_faults(page, axe) == []


@pytest.mark.axe
def test_axe_finds_a_fault_where_there_is_one(browser: Browser, tmp_path: Path, axe: str) -> None:
    (tmp_path / "page.html").write_text("<!doctype html><html lang=en><title>t</title><input>")
    with visiting(browser, (tmp_path / "page.html").as_uri()) as page:
        assert serious_faults(page, axe) == ["label: ['input']"]
