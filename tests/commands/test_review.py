"""`two-tower review`: a path where nobody watches, pages on loopback where somebody does."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from components.model_review.kept import keep_review
from schema.documents.review import Review
from tests.browser import PHONE, overflow, visiting
from tests.commands.test_main import _command
from tests.components.test_model_review import figures


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as two runs leave it."""
    for version in ("1795354658", "1795354700"):
        review = Review.model_validate({**figures(), "version": version})
        keep_review(tmp_path / "review.html", review)
    return tmp_path


@contextmanager
def on_a_terminal(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address that the command names on a terminal, and its process."""
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "commands", "review"],
        stdout=its, env={**os.environ, "FOLDER": str(folder), "TERM": "dumb"},
    )  # fmt: skip
    try:
        with os.fdopen(ours, closefd=True) as screen:
            assert screen.readline().strip() == str(folder / "review.html")
            (address,) = re.findall(r"http://127\.0\.0\.1:\d+/", screen.readline())
            yield address, process
    finally:
        process.kill()
        process.wait()


def _status(address: str, path: str, **headers: str) -> int:
    connection = HTTPConnection(address.split("/")[2], timeout=10)
    connection.request("GET", path, headers=headers)
    return connection.getresponse().status


def test_without_a_terminal_it_writes_the_pages_and_prints_the_path(folder: Path) -> None:
    page = folder / "review.html"
    page.unlink()
    (folder / "reviews" / "index.html").unlink()
    done = _command(folder, "review")
    assert (done.returncode, done.stdout) == (0, f"{page}\n")
    assert page.exists()
    assert (folder / "reviews" / "index.html").exists()


def test_a_folder_of_an_older_release_gets_its_index(folder: Path) -> None:
    (folder / "reviews").rename(folder / "gone")
    assert _command(folder, "review").returncode == 0
    found = sorted(one.name for one in (folder / "reviews").iterdir())
    assert found == ["1795354700", "index.html"]


def test_on_a_terminal_it_serves_files_alone_to_who_asks_for_this_address(folder: Path) -> None:
    with on_a_terminal(folder) as (address, process):
        assert _status(address, "/1795354658/review.json") == 200
        assert _status(address, "/1795354658/") == 404
        assert _status(address, "/../review.json") == 404
        assert _status(address, "/", Host="reviews.example") == 421
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0


@pytest.mark.browser
def test_from_the_index_one_gets_to_each_review_and_back(browser: Browser, folder: Path) -> None:
    with (
        on_a_terminal(folder) as (address, _),
        visiting(browser, address, viewport=PHONE, color_scheme="dark") as page,
    ):
        assert overflow(page) == 0
        page.get_by_role("link", name="Review").last.click()
        expect(page.get_by_role("heading", name="Version 1795354658")).to_be_visible()
        page.get_by_role("link", name="All versions").click()
        expect(page.get_by_role("link", name="Review")).to_have_count(2)
