"""Debian's Chromium, driven as a person would use it; no page may ask anything elsewhere."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

__all__ = ["PHONE", "chromium", "overflow", "visiting"]

PHONE = {"width": 390, "height": 800}
_WIDE = {"width": 1200, "height": 900}
_WAIT_MS = 60_000
_NO_NAMES = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


@contextmanager
def chromium() -> Iterator[Browser]:
    """The installed browser without a window; it finds no host by a name."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("chromium")
    expect.set_options(timeout=_WAIT_MS)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=[_NO_NAMES])
        yield browser
        browser.close()


@contextmanager
def visiting(
    browser: Browser, address: str, *, expected: tuple[str, ...] = (), **context: Any
) -> Iterator[Page]:
    """The page at `address`; after the block, nothing has gone wrong and nothing went elsewhere.

    Args:
        browser: of `chromium`.
        address: requests may go to what begins with it, and to `data:`.
        expected: the console's errors, in their order, each by a part of its text.
        context: of the browser, such as `viewport` or `color_scheme`.
    """
    requests, errors = list[str](), list[str]()
    opened = browser.new_context(**{"viewport": _WIDE, "reduced_motion": "reduce", **context})
    opened.set_default_timeout(_WAIT_MS)
    opened.on("request", lambda request: requests.append(request.url))
    opened.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    opened.on("weberror", lambda error: errors.append(str(error.error)))
    page = opened.new_page()
    page.goto(address)
    yield page
    opened.close()
    elsewhere = [url for url in requests if not url.startswith((address, "data:"))]
    assert requests, "no request was seen"
    assert not elsewhere, f"went elsewhere: {elsewhere}"
    same = len(errors) == len(expected) and all(map(str.__contains__, errors, expected))
    assert same, f"expected in the console: {expected}, got {errors}"


def overflow(page: Page) -> int:
    """Pixels that the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))
