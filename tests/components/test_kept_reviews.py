"""The folder of reviews: a copy of each version's page, an index, and what is removed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from components.model_review.index import write_index
from components.model_review.kept import keep_review
from components.model_review.reviews import remove_old
from schema.documents.review import Review
from tests.components.test_model_review import Elements, figures


def review(version: str, *, kept: tuple[str, ...] = (), **more: Any) -> Review:
    states = [
        {"version": one, "state": "standby", "released": "", "users": 1, "videos": 1}
        for one in kept
    ]
    return Review.model_validate({**figures(), "version": version, "kept": states, **more})


def kept_in(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir() if one.is_dir()}


def linked(file: Path) -> list[str]:
    """The addresses of a page's links; each leads to a file."""
    found = Elements(file.read_text(encoding="utf-8")).attributes.get("href", [])
    addresses = [address for address in found if address != "data:,"]
    assert not [one for one in addresses if not (file.parent / one).exists()]
    return addresses


def test_a_version_s_copy_is_what_the_last_run_s_page_says(tmp_path: Path) -> None:
    page = tmp_path / "review.html"
    keep_review(page, review("1795354658"))
    keep_review(page, review("1795354658", made_by={"run": "the second"}))
    folder = tmp_path / "reviews" / "1795354658"
    assert "the second" in (folder / "review.html").read_text(encoding="utf-8")
    assert (folder / "review.json").read_bytes() == (tmp_path / "review.json").read_bytes()
    keep_review(page, review("1795354700"))
    assert kept_in(tmp_path / "reviews") == {"1795354658", "1795354700"}
    assert Review.read(tmp_path / "review.json").version == "1795354700"


def test_pages_link_to_those_around_them_from_wherever_they_lie(tmp_path: Path) -> None:
    page, folder = tmp_path / "review.html", tmp_path / "reviews" / "17"
    folder.mkdir(parents=True)
    for name in ("slices", "series"):  # an older release may have fewer
        (folder / f"{name}.html").write_text("")
    keep_review(page, review("17"))
    assert linked(page) == [
        "reviews/index.html", "reviews/17/slices.html", "reviews/17/series.html",
    ]  # fmt: skip
    assert linked(folder / "review.html") == ["../index.html", "slices.html", "series.html"]
    index = ["17/review.html", "17/slices.html", "17/series.html"]
    assert linked(tmp_path / "reviews" / "index.html") == index


def test_the_ten_newest_and_the_kept_versions_stay(tmp_path: Path) -> None:
    page = tmp_path / "review.html"
    for version in range(99, 111):
        keep_review(page, review(str(version), kept=("99",)))
    stays = {str(version) for version in range(101, 111)} | {"99"}
    assert kept_in(tmp_path / "reviews") == stays
    assert len(linked(tmp_path / "reviews" / "index.html")) == 11


def test_only_folders_of_versions_are_removed(tmp_path: Path) -> None:
    for name in ("notes", *map(str, range(20))):
        (tmp_path / name).mkdir()
    remove_old(tmp_path, set())
    assert kept_in(tmp_path) == {"notes", *map(str, range(10, 20))}


def test_the_index_has_a_line_for_each_version_the_newest_first(tmp_path: Path) -> None:
    page = tmp_path / "review.html"
    refused = {"blessed": False, "reasons": ["why"], "checks": []}
    outcome = {"outcome": "released", "version": "1795354658", "live": "1795354658"}
    keep_review(page, review("999"))
    keep_review(page, review("1795354658", outcome=outcome))
    keep_review(page, review("1795354700", verdict=refused))
    keep_review(page, review("1795354701", outcome={**outcome, "outcome": "failed"}))
    text = " ".join(Elements((tmp_path / "reviews/index.html").read_text("utf-8")).text.split())
    line = r"(\d+) \S+ \S+ UTC \S (.*?) 0\.550 random 0\.250 0\.200 Review"
    lines = re.findall(line, text)
    assert lines == [
        ("1795354701", "passed, but its release failed"),
        ("1795354700", "refused by a gate"),
        ("1795354658", "went live"),
        ("999", "passed both gates"),
    ]
    assert "2026-11-22 13:37 UTC" in text  # date -u -d @1795354658


def test_the_index_reads_figures_of_any_release(tmp_path: Path) -> None:
    (tmp_path / "17").mkdir()
    older = '{"version": "17", "verdict": {"blessed": true}, "outcome": null, "of old": 1}'
    (tmp_path / "17" / "review.json").write_text(older)
    text = " ".join(Elements(write_index(tmp_path).read_text("utf-8")).text.split())
    assert "17 1970-01-01 00:00 UTC ✓ passed both gates n/a random n/a n/a Review" in text
