"""Breaker, deadline, exploration, memory and index, each by itself."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.recommender.answer import Item
from serving.recommender.bounds import Bounds
from serving.recommender.breaker import Breaker, OpenError
from serving.recommender.catalogue import Catalogue, Video
from serving.recommender.deadline import Deadline, LateError
from serving.recommender.exploration import explored
from serving.recommender.index import VideoIndex
from serving.recommender.memory import Memory
from serving.recommender.request import Filters, Request
from tests.killed.processes import within

RANKS = st.sampled_from([1, 48, 128, 768])
"""Directions that made vectors lie in, but for a little noise."""


def _items(*names: str) -> list[Item]:
    return [Item(name, rank, 1.0, name) for rank, name in enumerate(names, 1)]


def test_a_breaker_opens_after_failures_in_a_row_and_its_probe_closes_it() -> None:
    up = [False]

    def probe() -> None:
        if not up[0]:
            raise OSError

    breaker = Breaker("it", probe, failures=2, every_s=0.01)
    breaker.failed("one")
    breaker.succeeded()
    breaker.failed("two")
    breaker.check()
    breaker.failed("three")
    with pytest.raises(OpenError, match="it is down: three"):
        breaker.check()
    assert not within(0.1, lambda: not breaker.reason)
    up[0] = True
    assert within(5, lambda: not breaker.reason)
    breaker.failed("four")
    breaker.check()
    breaker.close()


def test_a_deadline_names_the_stage_that_came_too_late() -> None:
    now = [10.0]
    deadline = Deadline(0.5, clock=lambda: now[0])
    now[0] += 0.25
    assert deadline.begin("a") == 0.25
    now[0] += 0.25
    with pytest.raises(LateError, match="no time was left for b"):
        deadline.begin("b")


def test_a_deadline_knows_what_each_stage_took() -> None:
    now = [10.0]
    deadline = Deadline(8, clock=lambda: now[0])
    for stage, lasts in (("search", 0.5), ("titles", 0.25), ("search", 1.0)):
        deadline.begin(stage)
        now[0] += lasts
    assert deadline.timings_ms == {"search": 1500.0, "titles": 250.0}


@settings(max_examples=200)
@given(st.integers(0, 20), st.integers(0, 20), st.floats(0, 1), st.integers())
def test_exploration_keeps_length_order_and_uniqueness(
    known: int, cold: int, epsilon: float, seed: int
) -> None:
    items = _items(*(f"known {n}" for n in range(known)))
    pool = _items(*(f"cold {n}" for n in range(cold)))
    found = explored(items, pool, epsilon, Random(seed))  # noqa: S311
    names = [item.video_id for item in found]
    assert len(found) == known == len(set(names))
    assert [item.rank for item in found] == list(range(1, known + 1))
    kept = [name for name in names if name.startswith("known")]
    assert kept == [f"known {n}" for n in range(len(kept))]
    assert all((item.propensity is None) == item.video_id.startswith("known") for item in found)


def test_the_propensity_is_how_often_a_video_gets_its_place() -> None:
    """The first place: one of four cold videos with probability 0.2, each with 0.05."""
    random = Random(3)  # noqa: S311
    firsts = [
        explored(_items("a", "b"), _items("w", "x", "y", "z"), 0.2, random)[0]
        for _ in range(20_000)
    ]
    share = np.mean([item.video_id == "x" for item in firsts])
    (propensity,) = {item.propensity for item in firsts if item.video_id == "x"}
    assert propensity == pytest.approx(0.05)
    assert share == pytest.approx(0.05, abs=0.006)


def test_memory_keeps_the_users_of_late_and_forgets_the_others() -> None:
    now = [0.0]
    memory = Memory(most=2, clock=lambda: now[0])
    for user in ("a", "b", "c"):
        memory.keep(user, _items(user, "x"))
    now[0] = 5.0
    found = memory.find(Request("c", limit=1))
    assert found
    assert ([item.video_id for item in found.items], found.age_s) == (["c"], 5.0)
    assert memory.find(Request("a")) is None
    excluded = memory.find(Request("b", exclude=frozenset({"b"})))
    assert excluded
    assert [(item.video_id, item.rank) for item in excluded.items] == [("x", 1)]


MAYBE = st.none() | st.integers(1, 3)


@settings(max_examples=200)
@given(MAYBE, MAYBE, MAYBE, MAYBE, MAYBE, MAYBE, MAYBE)
def test_a_video_fits_where_its_row_is_allowed(
    price: int | None,
    released: int | None,
    genre: int | None,
    price_max: int | None,
    since: int | None,
    wanted: int | None,
    maker: int | None,
) -> None:
    now = time.time()
    days = 86400.0  # a release in "3 days" is one in the future
    moment = None if released is None else now + (released - 2.5) * days
    from_then = None if since is None else datetime.fromtimestamp(now + (since - 3) * days, UTC)
    filters = Filters(wanted and str(wanted), maker and "m", price_max, from_then)
    video = Video(genre and str(genre), "m", price, moment, "a title")
    (allowed,) = Catalogue({"v": video}).columns(["v"]).allowed(filters)
    assert video.fits(filters) == allowed


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 1500), st.integers(1, 50), st.integers(0, 2**32 - 1), st.floats(0, 1), RANKS)
def test_the_index_ranks_exactly_what_is_left(
    count: int, limit: int, seed: int, share_gone: float, rank: int
) -> None:
    """The whole order, whatever part of it is computed at first."""
    random = np.random.default_rng(seed)
    vectors = _unit(random, count, rank)
    ids = [f"v{n:03d}" for n in range(count)]
    gone = {video for video in ids if random.random() < share_gone}
    priced = {video: float(random.integers(1, 4)) for video in ids}
    catalogue = Catalogue({v: Video("g", None, priced[v], None) for v in ids})
    index = VideoIndex("1", ids, vectors, catalogue.columns(ids))
    (user,) = _unit(random, 1, rank)
    found = list(index.ranked(user, gone, Filters(price_max=2.0), limit))
    exact = dict(zip(ids, (vectors.astype(float) @ user.astype(float)).tolist(), strict=True))
    left = [video for video in ids if video not in gone and priced[video] <= 2]
    assert {video for video, _ in found} == set(left)
    assert len(found) == len(left)
    expected = sorted((exact[video] for video in left), reverse=True)
    assert [score for _, score in found] == pytest.approx(expected, abs=1e-5)
    assert [exact[video] for video, _ in found] == pytest.approx(expected, abs=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 300), st.integers(0, 2**32 - 1), RANKS)
def test_bounds_hold_for_every_product(count: int, seed: int, rank: int) -> None:
    random = np.random.default_rng(seed)
    vectors, (user,) = _unit(random, count, rank), _unit(random, 1, rank)
    low, high = Bounds(vectors).of(user)
    exact = vectors.astype(float) @ user.astype(float)
    assert (low <= exact).all()
    assert (exact <= high).all()


def test_bounds_are_close_where_few_directions_matter() -> None:
    """Of 48 directions and little noise, hardly any row needs its whole product."""
    random = np.random.default_rng(1)
    low, high = Bounds(_unit(random, 3000, 48)).of(_unit(random, 1, 48)[0])
    assert (high >= np.partition(low, -84)[-84]).sum() < 150


def _unit(random: np.random.Generator, count: int, rank: int) -> np.ndarray:
    """[count, 768] float32 unit vectors near a subspace of `rank` directions."""
    shared = np.random.default_rng(0).normal(size=(rank, 768))
    rows = random.normal(size=(count, rank)) @ shared / rank**0.5
    rows += 1e-3 * random.normal(size=rows.shape)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
