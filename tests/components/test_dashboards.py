"""TFMA's dashboards of a real evaluation in a browser: marks, figures, names that stay text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from schema.documents.review import Review
from tests.browser import PHONE, overflow, visiting
from tests.components.test_model_review import (
    GENRES,
    GOOD,
    HOSTILE,
    LABELS,
    POOR,
    average_precision,
    evaluate,
    figures,
    model,
    saved_model,
)

pytestmark = [pytest.mark.tfx, pytest.mark.browser]

SHOWN = "\u2039img src=x onerror=\"alert('1')\"\u203a"
EARLIER = ("2026-10-01T00:00:00+00:00", "2026-11-01T00:00:00+00:00")
LATER = ("2026-11-01T00:00:00+00:00", "2026-12-01T00:00:00+00:00")
FIRST, SECOND, THIRD = "1795354600", "1795354650", "1795354700"


@pytest.fixture(scope="module")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages of three versions: the good model, later the poor one after it, twice."""
    from components.model_review.dashboards.build import write_dashboards

    folder = tmp_path_factory.mktemp("dashboards")
    good, poor = (saved_model(folder / name, "1", name) for name in ("good", "poor"))
    alone = evaluate(folder / "alone", LABELS, 1.08, good)
    after = evaluate(folder / "after", LABELS, 1.08, poor, good, intervals=True)
    live = {**model(0.5, []), "version": FIRST}
    for version, evaluation, window, baseline in (
        (FIRST, alone, EARLIER, None), (SECOND, after, LATER, live), (THIRD, after, LATER, live),
    ):  # fmt: skip
        given = {**figures(), "version": version, "baseline": baseline}
        write_dashboards(folder / "reviews", evaluation, Review.model_validate(given), window)
    return folder / "reviews"


@contextmanager
def opened(browser: Browser, reviews: Path, name: str, version: str = THIRD) -> Iterator[Page]:
    """The page from its file, drawn."""
    with visiting(browser, (reviews / version / f"{name}.html").as_uri()) as page:
        page.locator("google-chart svg, google-chart td").first.wait_for()
        yield page


TEXT = """node => {
  const unseen = new Set(["style", "template"]);
  const inside = root => [...root.childNodes].filter(one => !unseen.has(one.localName));
  const text = one =>
    one.nodeType === 3 ? one.data : inside(one.shadowRoot ?? one).map(text).join(" ");
  return text(node).trim();
}"""
"""What a person reads in an element, shadow roots included."""


def rows(page: Page) -> list[list[str]]:
    """Text of the table's rows, the heading first."""
    table = page.locator("google-chart table")
    return [
        [str(cell.evaluate(TEXT)) for cell in row.locator("th, td").all()]
        for row in table.locator("tr").all()
    ]


def charts(page: Page) -> list[Locator]:
    return page.locator("#views svg[role=img]:visible").all()


def marks(chart: Locator) -> int:
    """Lines, points, bubbles and columns; the frame has none of them."""
    return chart.locator("polyline, circle, rect").count()


@pytest.mark.parametrize("version", [FIRST, THIRD])
@pytest.mark.parametrize(("name", "drawn"), [("slices", 1), ("plots", 7), ("series", 2)])
def test_every_chart_draws_marks(
    browser: Browser, reviews: Path, name: str, drawn: int, version: str
) -> None:
    models = 2 if (name, version) == ("plots", THIRD) else 1
    with opened(browser, reviews, name, version) as page:
        expect(page.locator("#views svg[role=img]:visible")).to_have_count(drawn * models)
        assert [marks(chart) for chart in charts(page) if marks(chart) < 1] == []


@pytest.mark.parametrize("name", ["slices", "plots", "series"])
def test_a_page_is_one_file_below_one_and_a_half_megabytes(reviews: Path, name: str) -> None:
    assert 1_100_000 < (reviews / THIRD / f"{name}.html").stat().st_size < 1_500_000


def test_the_candidate_s_figures_stand_beside_the_live_model_s_with_intervals(
    browser: Browser, reviews: Path
) -> None:
    with opened(browser, reviews, "slices") as page:
        heading, everything, *_ = rows(page)
        found = dict(zip(heading, everything, strict=True))
    assert found["feature"] == "all pairs"
    places = [heading.index(name) for name in ("auc_pr", "auc_pr (live)", "auc_pr_diff")]
    assert places == list(range(places[0], places[0] + 3))
    for name, scores in (("auc_pr", POOR), ("auc_pr (live)", GOOD)):
        value, low, high = map(float, re.findall(r"-?\d\.\d+", found[name]))
        assert value == pytest.approx(average_precision(LABELS, scores), abs=0.01)
        assert low < value < high
    assert "example_count (live)" not in heading  # the same pairs


def test_a_hostile_slice_name_stays_text(browser: Browser, reviews: Path) -> None:
    with opened(browser, reviews, "slices") as page:
        expect(page.get_by_role("cell", name=SHOWN, exact=True)).to_be_visible()
        assert page.locator("img[onerror]").count() == 0
    with opened(browser, reviews, "plots") as page:
        page.get_by_label("Slice").select_option(label=f"genre_slice: {SHOWN}")
        expect(page.get_by_role("heading", name=f"Plot for genre_slice: {SHOWN}")).to_have_count(2)
        assert page.locator("img[onerror]").count() == 0


CELLS = [
    HOSTILE,
    "<tfma-int64 data=1></tfma-int64><img src=x onerror=alert()>",
    "<tfma-int64 onclick=alert() data=1></tfma-int64>",
    '<tfma-int64 data="7&amp;"></tfma-int64>',
]


def test_a_cell_takes_one_of_tfma_s_elements_and_of_its_attributes_only_data(
    browser: Browser, reviews: Path
) -> None:
    """Even where a name was not made safe."""
    draw = """cells => {
      const { Table, arrayToDataTable } = google.visualization;
      const box = document.getElementById("views");
      new Table(box).draw(arrayToDataTable([["a"], ...cells.map(f => [{v: 0, f}])]));
      const inside = [...box.querySelectorAll("td")];
      return inside.map(td => td.firstElementChild?.outerHTML ?? td.innerText);
    }"""
    with opened(browser, reviews, "slices") as page:
        found = page.evaluate(draw, CELLS)
    assert found[:2] == CELLS[:2]
    assert [re.sub(r"<!--.*?-->", "", one) for one in found[2:]] == [
        '<tfma-int64 data="1"></tfma-int64>',
        '<tfma-int64 data="7&amp;"></tfma-int64>',
    ]


def test_no_handler_in_an_attribute_runs(browser: Browser, reviews: Path) -> None:
    address = (reviews / THIRD / "slices.html").as_uri()
    with visiting(browser, address, expected=("violates the following",)) as page:
        page.evaluate("document.body.innerHTML = '<b onclick=\"ran = 1\">b</b>'")
        page.get_by_text("b", exact=True).click()
        assert page.evaluate("typeof ran") == "undefined"


def test_a_slice_s_features_are_chosen_and_sorted(browser: Browser, reviews: Path) -> None:
    with opened(browser, reviews, "slices") as page:
        names = [row[0] for row in rows(page)[1:]]
        assert names == ["all pairs", "Drama", SHOWN]  # 300, 210 and 90 pairs
        heading = page.get_by_role("columnheader", name="example_count")
        heading.click()
        assert [row[0] for row in rows(page)[1:]] == [SHOWN, "Drama", "all pairs"]
        heading.click()
        assert [row[0] for row in rows(page)[1:]] == names
        page.get_by_label("Slices by").select_option(index=1)
        expect(page.get_by_role("cell", name="new", exact=True)).to_be_visible()
        assert marks(charts(page)[0]) == 2 + 1  # both columns, and the legend's


def test_the_histogram_marks_the_bucket_of_the_chosen_slice(
    browser: Browser, reviews: Path
) -> None:
    with opened(browser, reviews, "slices") as page:
        page.get_by_label("Visualization").first.click()
        page.get_by_role("option", name="Metrics Histogram").click()
        histogram = page.locator("tfma-metrics-histogram #details svg")
        expect(histogram).to_be_visible()
        assert histogram.locator(".highlighted").count() == 0
        page.get_by_role("cell", name="Drama").click()
        expect(histogram.locator("rect.highlighted")).to_have_count(1)
        expect(histogram.locator("g.highlighted text")).to_have_text(re.compile("[123]"))


def test_counts_at_thresholds_are_those_of_numpy(browser: Browser, reviews: Path) -> None:
    with opened(browser, reviews, "plots") as page:
        candidate, live = page.locator("#views > section").all()
        for section, scores in ((candidate, POOR), (live, GOOD)):
            shown = section.locator("tfma-confusion-matrix-at-thresholds").first.evaluate(TEXT)
            third = re.findall(r"\d+\.\d+", shown)[14:21]
            above = scores > 0.3
            counts = (LABELS & above, ~LABELS & ~above, ~LABELS & above, LABELS & ~above)
            assert [float(one) for one in third] == [
                pytest.approx(wanted, abs=1e-4)
                for wanted in (
                    0.3,
                    (LABELS & above).sum() / above.sum(),
                    (LABELS & above).sum() / LABELS.sum(),
                    *(one.sum() for one in counts),
                )
            ]


def test_a_calibration_plot_has_a_bubble_for_each_bucket_with_pairs(
    browser: Browser, reviews: Path
) -> None:
    with opened(browser, reviews, "plots") as page:
        bubbles = page.locator("tfma-calibration-plot svg").first.locator("circle")
        used = {int(score * 100) for score in POOR}
        assert len(used) - 3 <= bubbles.count() <= len(used)
        assert "prediction: 0." in bubbles.first.locator("title").inner_html()


def test_the_curves_end_where_all_pairs_are_let_through(browser: Browser, reviews: Path) -> None:
    with opened(browser, reviews, "plots") as page:
        hints = page.locator("tfma-precision-recall-curve#pr svg title").all_text_contents()
    assert any("Recall: 1.00000\nPrecision: 0.33330" in hint for hint in hints)
    assert 20 < len(hints) <= 2 * 80


def test_runs_of_another_window_are_marked(browser: Browser, reviews: Path) -> None:
    with opened(browser, reviews, "series") as page:
        _, *lines = rows(page)
        note = page.locator(".note").inner_text()
    assert [line[0] for line in lines] == [
        f"{THIRD}, 2026-11-22 13:38", f"{SECOND}, 2026-11-22 13:37", f"{FIRST}, 2026-11-22 13:36",
    ]  # fmt: skip  # date -u -d @1795354700
    assert [line[1] for line in lines] == [
        "2026-11-01 to 2026-12-01", "2026-11-01 to 2026-12-01",
        "2026-10-01 to 2026-11-01 (another window)",
    ]  # fmt: skip
    assert note.startswith(f"Measured on another eval window than {THIRD}: {FIRST}.")
    with opened(browser, reviews, "series", FIRST) as page:
        expect(page.locator(".note")).to_have_text(
            "There is no earlier evaluation to compare with."
        )


def test_on_a_phone_only_the_charts_scroll_sideways(browser: Browser, reviews: Path) -> None:
    for name in ("slices", "plots", "series"):
        address = (reviews / THIRD / f"{name}.html").as_uri()
        with visiting(browser, address, viewport=PHONE) as page:
            page.locator("google-chart svg, google-chart td").first.wait_for()
            assert overflow(page) == 0


def test_what_does_not_fit_is_left_out_and_said() -> None:
    from components.model_review.dashboards.dashboard import Choice, View, within

    choices = [Choice(name, [View("b", "", "x" * 500, {})]) for name in "abc"]
    assert within(choices, 5000) == (choices, [])
    assert within(choices, 1300) == (
        choices[:2], ["Smaller slices that this page leaves out: 1."],
    )  # fmt: skip
    assert within(choices, 10)[0] == choices[:1]


def test_tfma_s_output_is_read_by_slice_the_largest_first(reviews: Path) -> None:
    from components.model_review.dashboards.evaluations import read_evaluation

    found = read_evaluation(reviews.parent / "after")
    names = ["all pairs", "user_slice: new", "genre_slice: Drama", f"genre_slice: {SHOWN}"]
    assert [one.name for one in found.candidate] == names
    assert [one.name for one in found.plots] == names
    counts = [metrics["example_count"]["doubleValue"] for metrics in found.candidate.values()]
    assert counts[2] > counts[3] > 0
    assert counts[0] == counts[1]
    assert (GENRES == "Drama").sum() == 210
    alone: Any = read_evaluation(reviews.parent / "alone")
    assert (alone.live, set(alone.plots[next(iter(alone.plots))])) == ({}, {"candidate"})
