"""Training pairs: what is asked of whom, and how the negatives are drawn."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from scipy.stats import chisquare

from schema import queries
from schema.database import Connection, connect
from schema.windows import TimeWindows
from tests.schema.random_world import (
    HEAVY,
    LIGHT,
    LIKER,
    NOON,
    NOPER,
    SILENT,
    TICK,
    Decision,
    Video,
    ask,
    random_decisions,
    write,
)  # fmt: skip

pytestmark = pytest.mark.postgres

CUT, END = NOON + timedelta(hours=1500), NOON + timedelta(hours=2001)
WINDOWS = TimeWindows(CUT, CUT + timedelta(hours=250), END)
SAMPLING = {"seed": 7, "ratio": 2, "alpha": 0.75, "tries": 50}
SPARE = [Video(str(UUID(int=number << 100))) for number in range(300)]


class Pair(NamedTuple):
    """One video that a user is asked about at a moment."""

    user: str
    at: datetime
    video: str
    label: float
    probability: float


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with closing(connect(database)) as opened:
        yield opened


def _pairs(connection: Connection, split: str = "train", **sampling: Any) -> list[Pair]:
    """In the query's order."""
    query = queries.fill(queries.DECISIONS, WINDOWS, split, SAMPLING | sampling)
    query = query.replace(
        "SELECT user_features.user_id", "SELECT user_features.key_at, user_features.user_id"
    )
    columns = ("pair_videos", "labels", "sampling_probabilities")
    return [
        Pair(row["user_id"], row["key_at"], *pair)
        for row in ask(connection, query)
        for pair in zip(*(row[name] for name in columns), strict=True)
    ]


def _last(decisions: list[Decision], split: str) -> dict[tuple[str, str], Decision]:
    """The decision that counts, by user and video."""
    since, until = WINDOWS.bounds(split)
    inside = [
        d for d in sorted(decisions, key=lambda d: d.at)
        if (split == "train" or datetime.fromisoformat(since) <= d.at)
        and d.at < datetime.fromisoformat(until)
    ]  # fmt: skip
    return {(d.user, d.video.video_id): d for d in inside}


@pytest.mark.parametrize("split", ["train", "valid", "eval"])
@pytest.mark.parametrize("seed", [0, 1])
def test_one_positive_to_two_negatives_and_only_fair_ones(
    connection: Connection, seed: int, split: str
) -> None:
    """Every like in the window; nopes before draws; no draw that was decided or unreleased."""
    decisions = random_decisions(seed)
    write(connection, decisions, SPARE)
    counted = _last(decisions, split)
    until = datetime.fromisoformat(WINDOWS.bounds(split)[1])
    decided = {(d.user, d.video.video_id) for d in decisions if d.at < until}
    released = {d.video.video_id: d.video.released_at for d in decisions}
    of_user = defaultdict(list)
    for pair in _pairs(connection, split):
        of_user[pair.user].append(pair)
    assert of_user.keys() == {user for (user, _), d in counted.items() if d.liked}
    for user, pairs in of_user.items():
        likes = {v for (u, v), d in counted.items() if u == user and d.liked}
        nopes = {v for (u, v), d in counted.items() if u == user and not d.liked}
        assert sorted(p.video for p in pairs if p.label == 1) == sorted(likes)
        negatives = [p for p in pairs if p.label == 0]
        explicit = [p.video for p in negatives if p.video in nopes]
        drawn = [p for p in negatives if (user, p.video) not in decided]
        assert len(negatives) == 2 * len(likes) == len(explicit) + len(drawn)
        assert len(set(explicit)) == len(explicit) == min(len(nopes), 2 * len(likes))
        assert all((released.get(p.video) or p.at) <= p.at for p in drawn)
        assert {p.at for p in drawn} <= {counted[user, video].at for video in likes}
        own = [p for p in pairs if p.video in likes | nopes]
        assert all(p.at == counted[user, p.video].at for p in own)


def test_the_latest_decision_counts(connection: Connection) -> None:
    changed, kept = SPARE[:2]
    decisions = [
        Decision(LIGHT, changed, liked=True, at=NOON),
        Decision(LIGHT, kept, liked=True, at=NOON + TICK),
        Decision(LIGHT, changed, liked=False, at=NOON + 2 * TICK),
    ]
    write(connection, decisions, SPARE)
    liked, drawn, noped = _pairs(connection)
    assert (liked.at, liked.video, liked.label) == (NOON + TICK, kept.video_id, 1)
    assert (drawn.at, drawn.label) == (NOON + TICK, 0)
    assert (noped.at, noped.video, noped.label) == (NOON + 2 * TICK, changed.video_id, 0)


def test_nopes_beyond_two_for_each_like_are_left_out(connection: Connection) -> None:
    """And a user without a like is asked nothing."""
    nopes = [Decision(LIGHT, video, liked=False, at=NOON) for video in SPARE[1:6]]
    nopes += [Decision(NOPER, video, liked=False, at=NOON) for video in SPARE[:3]]
    write(connection, [Decision(LIGHT, SPARE[0], liked=True, at=NOON), *nopes], SPARE)
    pairs = _pairs(connection)
    assert [pair.label for pair in pairs] == [1, 0, 0]
    assert {pair.video for pair in pairs[1:]} <= {video.video_id for video in SPARE[1:6]}
    assert {pair.user for pair in pairs} == {LIGHT}


@pytest.mark.parametrize(("readers", "busy"), [(1, 1), (3, 2), (16, 3)])
def test_the_rows_are_the_same_for_any_number_of_readers(
    connection: Connection, readers: int, busy: int
) -> None:
    """Three users have pairs; the readers that own their ids are `busy`."""
    write(connection, random_decisions(2), SPARE)
    query = queries.fill(queries.DECISIONS, WINDOWS, "train", SAMPLING)
    edges = [(2**128 * number) // readers for number in range(readers + 1)]
    ids = [(str(UUID(int=a)), str(UUID(int=b - 1))) for a, b in pairwise(edges)]
    parts = [ask(connection, query, first_id=first, last_id=last) for first, last in ids]
    assert [row for part in parts for row in part] == ask(connection, query)
    assert len([part for part in parts if part]) == busy


def test_a_rerun_draws_the_same_and_another_seed_others(connection: Connection) -> None:
    """For users without nopes, so that only the draw differs."""
    write(connection, [d for d in random_decisions(3) if d.liked], SPARE)
    assert _pairs(connection) == _pairs(connection)
    drawn = [{pair[:3] for pair in _pairs(connection, seed=seed)} for seed in (7, 8)]
    assert len(drawn[0]) == len(drawn[1])
    assert drawn[0] != drawn[1]


def test_a_decision_after_the_window_keeps_no_video_from_being_drawn(
    connection: Connection,
) -> None:
    """To spare it would tell of the future."""
    liked, *later = SPARE[:3]
    decisions = [Decision(LIGHT, video, liked=True, at=CUT) for video in later]
    write(connection, [Decision(LIGHT, liked, liked=True, at=NOON), *decisions])
    assert [pair.label for pair in _pairs(connection)] == [1, 0, 0]


@pytest.mark.parametrize("alpha", [0, 0.75, 1])
def test_the_draw_follows_popularity_to_the_power_of_alpha(
    connection: Connection, alpha: float
) -> None:
    """Popularity is one more than the decisions before training ended, over every video.

    200 likes of one user ask for 400 draws; the others' decisions make some videos popular.
    """
    liked = [Video(str(UUID(int=(1 << 127) + i))) for i in range(200)]
    catalogue = SPARE[:10]
    decisions = [
        Decision(HEAVY, video, liked=True, at=NOON + i * TICK) for i, video in enumerate(liked)
    ]
    for i, video in enumerate(catalogue):
        decisions += [Decision(LIKER, video, liked=True, at=CUT + timedelta(hours=300))]
        decisions += [
            Decision(SILENT, video, liked=False, at=NOON + n * TICK) for n in range(3 * i + 2)
        ]
    write(connection, decisions)
    weight = {video.video_id: (3 * i + 3) ** alpha for i, video in enumerate(catalogue)}
    total = sum(weight.values()) + 200 * 2**alpha
    pairs = _pairs(connection, tries=150, alpha=alpha)
    chance = {pair.video: pair.probability for pair in pairs}
    assert len(chance) == 210
    assert sum(chance.values()) == pytest.approx(1)
    assert chance == pytest.approx(
        {v: weight.get(v, 2**alpha) / total for v in [*weight, *(x.video_id for x in liked)]}
    )
    # A like draws two: the first by the law, the second by the law without the first.
    drawn = Counter(pair.video for pair in pairs if pair.label == 0)
    assert sum(drawn.values()) == 400
    share = {v: w / sum(weight.values()) for v, w in weight.items()}
    twice = {
        v: p + sum(q * p / (1 - q) for u, q in share.items() if u != v) for v, p in share.items()
    }
    counts = [drawn[video] for video in weight]
    assert chisquare(counts, [200 * twice[video] for video in weight]).pvalue > 0.001
    assert (chisquare(counts).pvalue < 1e-6) == (alpha > 0)
