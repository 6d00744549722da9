"""Lists for a user of whom nothing is known, on a window that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.quality import unknown
from benchmarks.quality.runs import Trained
from components.retrieval_evaluator.window import Window
from schema.arrays import Int64

pytestmark = pytest.mark.tfx

VIDEOS = 400


def _rows(*rows: int) -> Int64:
    return np.array(rows, np.int64)


@pytest.fixture
def _window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Video 0 is the most liked; two users like it next, of whom one has seen it, and one 399."""
    window = Window(
        users=["a", "b", "c"], videos=[str(row) for row in range(VIDEOS)],
        likes=np.arange(VIDEOS, 0, -1).astype(float), cold=np.zeros(VIDEOS, bool),
        seen=[_rows(), _rows(0, 1), _rows()], relevant=[_rows(0), _rows(0), _rows(399)],
    )  # fmt: skip
    monkeypatch.setattr(unknown, "read_window", lambda *_: window)
    top = np.tile(np.arange(399, 379, -1), (3, 1))
    monkeypatch.setattr(unknown, "_by_model", lambda *_: top)


RUN = Trained(None, [], [], [], 0.0, 0, {})  # type: ignore[arg-type]


@pytest.mark.usefixtures("_window")
def test_the_model_s_list_stands_beside_the_most_liked_and_nothing_seen_is_removed() -> None:
    """Model: 399 first; popularity: 0 first. Groups: a and c; b; all three."""
    none, some, every = unknown.compare_unknown("w", None, [RUN, RUN])  # type: ignore[arg-type]
    assert (none.seen, none.users, none.model, none.popularity) == ("none", 2, [0.5, 0.5], 0.5)
    assert (some.seen, some.users, some.model, some.popularity) == ("1 to 9", 1, [0.0, 0.0], 1.0)
    assert (every.seen, every.users) == ("any", 3)
    assert every.popularity == pytest.approx(2 / 3)
    assert every.change.mean == pytest.approx(-1 / 3)
    assert every.served <= every.popularity


@pytest.mark.usefixtures("_window")
def test_a_tenth_of_the_served_places_are_of_the_least_liked() -> None:
    window = unknown.read_window([], [], [])
    many = Window(["u"] * 2000, window.videos, window.likes, window.cold, [], [])
    served = unknown._served(many)
    assert served.shape == (2000, 20)
    assert np.mean(served >= 200) == pytest.approx(0.1, abs=0.005)
    assert set(np.unique(served[served < 200])) <= set(range(20))


@pytest.mark.usefixtures("_window")
def test_the_section_has_a_row_for_each_group() -> None:
    compared = unknown.compare_unknown("P9", None, [RUN])  # type: ignore[arg-type]
    _, lines = unknown.unknown_section(compared)
    assert lines[-1].startswith("| P9 | any | 3 | 0.3333 | 0.6667 | -0.3333 (")
