"""A visit fails where a page asks elsewhere or has an error, and is as wide as it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import PHONE, overflow, visiting

pytestmark = pytest.mark.browser


def _page(folder: Path, body: str) -> str:
    file = folder / "page.html"
    file.write_text(f"<!doctype html><link rel=icon href=data:,>{body}", encoding="utf-8")
    return file.as_uri()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<img src=http://127.0.0.1:9/picture.png>", ("ERR_CONNECTION_REFUSED",)),
        ("<img src=http://pictures.example/picture.png>", ("ERR_NAME_NOT_RESOLVED",)),
        ("<script>console.error('wrong')</script>", ()),
        ("<script>throw new Error('wrong')</script>", ()),
    ],
)
def test_what_must_not_happen_fails_the_visit(
    browser: Browser, tmp_path: Path, body: str, expected: tuple[str, ...]
) -> None:
    with (
        pytest.raises(AssertionError, match=r"went elsewhere|wrong"),
        visiting(browser, _page(tmp_path, body), expected=expected),
    ):
        pass


def test_an_expected_error_must_come(browser: Browser, tmp_path: Path) -> None:
    body = "<script>console.error('this was wrong')</script>"
    with visiting(browser, _page(tmp_path, body), expected=("was wrong",)):
        pass
    with (
        pytest.raises(AssertionError, match=r"expected in the console"),
        visiting(browser, _page(tmp_path, "quiet"), expected=("was wrong",)),
    ):
        pass


def test_overflow_is_in_pixels(browser: Browser, tmp_path: Path) -> None:
    body = "<body style=margin:0><p style=width:400px>wide"
    with visiting(browser, _page(tmp_path, body), viewport=PHONE) as page:
        assert overflow(page) == 10
