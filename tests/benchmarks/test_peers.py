"""The peers that need no environment of their own, against their definitions."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from benchmarks.quality.decisions import Decisions, read_decisions
from benchmarks.quality.exposure import Exposure, recency, scores
from benchmarks.quality.peers import PEERS, ease
from benchmarks.quality.tuning import best, ndcg
from schema.arrays import Float32, Int64
from schema.database import connect
from schema.windows import WindowRule
from tests.toy_world import fill

LIKES = np.array(
    [[1, 1, 0, 0, 1], [1, 0, 1, 0, 0], [0, 1, 1, 1, 0], [1, 1, 0, 1, 0], [0, 0, 1, 1, 1]], float
)


def _of(rows: list[tuple[int, int, bool]], shape: tuple[int, int]) -> Decisions:
    users, videos, liked = np.array(rows, np.int64).T
    return Decisions(users, videos, liked.astype(bool), shape)


def _all_liked(likes: Int64 | Float32) -> Decisions:
    users, videos = np.nonzero(likes)
    return Decisions(users, videos, np.ones(len(users), bool), likes.shape)


def test_ease_is_ridge_regression_of_each_video_on_the_others() -> None:
    """With ridge's own closed form, by scikit-learn, video by video."""
    expected = np.zeros_like(LIKES)
    for video in range(LIKES.shape[1]):
        others = np.delete(LIKES, video, axis=1)
        ridge = Ridge(alpha=0.5, fit_intercept=False).fit(others, LIKES[:, video])
        expected[:, video] = ridge.predict(others)
    np.testing.assert_allclose(ease(_all_liked(LIKES), penalty=0.5), expected, atol=1e-5)


@pytest.mark.parametrize("name", PEERS)
def test_every_peer_scores_every_user_and_video(name: str) -> None:
    rng = np.random.default_rng(3)
    decided = _all_liked(rng.random((40, 12)) < 0.6)
    found = PEERS[name](Decisions(decided.users, decided.videos, decided.videos % 3 > 0, (41, 12)))
    assert found.shape == (41, 12)
    assert np.isfinite(found).all()


def test_recency_fades_by_the_share_of_the_user_s_own_decisions() -> None:
    """User 0 decided twice: ranks 1, 0. User 1 decided four times: ranks 3, 2, 1, 0."""
    mixed = _of([(u, v, True) for u, v in ((1, 0), (0, 1), (1, 2), (1, 1), (0, 0), (1, 3))], (3, 4))
    assert mixed.ranks.tolist() == [3, 1, 2, 1, 0, 0]
    expected = np.exp([-3 / 2, -1 / 1, -2 / 2, -1 / 2, 0, 0])
    np.testing.assert_allclose(recency(mixed, fading=0.5), expected)


def test_ease_plus_exposure_on_two_videos() -> None:
    """By hand, with the penalty 1 on both sides.

    Users 0 and 1 decide on both videos; user 0 likes both, user 1 likes video 0 alone.
    Likes: gram [[2, 1], [1, 1]], plus the penalty [[3, 1], [1, 2]], whose inverse is
    [[2, -1], [-1, 3]] / 5; minus each column over its diagonal: 1 / 2 to video 0, 1 / 3 to video 1,
    with `from` in rows: [[0, 1/3], [1/2, 0]].
    Decisions: gram [[2, 2], [2, 2]], plus the penalty [[3, 2], [2, 3]]: [[0, 2/3], [2/3, 0]].
    Fading 1, so that the older of two decisions weighs exp(-1 / 2); exposure counts twice.
    """
    decided = _of([(0, 0, True), (1, 1, False), (0, 1, True), (1, 0, True)], (3, 2))
    old = np.exp(-1 / 2)
    expected = [
        [1 * (1 / 2) + 2 * 1 * (2 / 3), old * (1 / 3) + 2 * old * (2 / 3)],
        [2 * old * (2 / 3), 1 * (1 / 3) + 2 * 1 * (2 / 3)],
        [0, 0],
    ]
    (found,) = scores(decided, [Exposure(likes=1, decisions=1, weight=2, fading=1)])
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_the_validation_cut_takes_the_newest_fifth_of_each_user() -> None:
    """User 0 decides ten times, user 1 five times in between, user 2 four times: none of those."""
    rows = [(0, v, v % 2 == 0) for v in range(10)]
    rows[5:5] = [(1, v, True) for v in range(5)]
    rows[:0] = [(2, v, True) for v in range(4)]
    past, newest = _of(rows, (3, 10)).cut_newest()
    assert list(zip(newest.users, newest.videos, strict=True)) == [(1, 4), (0, 8), (0, 9)]
    assert newest.liked.tolist() == [True, True, False]
    assert past.counts.tolist() == [8, 4, 4]
    assert past.shape == newest.shape == (3, 10)


def test_ndcg_of_the_cut_leaves_out_what_was_seen_and_whoever_liked_nothing() -> None:
    """User 0 finds its one like second, 1 / log2(3): its best-scored video was seen."""
    past = _of([(0, 0, False), (1, 0, True)], (2, 4))
    newest = _of([(0, 1, True), (1, 1, False)], (2, 4))
    given = np.array([[9, 1, 2, 0], [0, 0, 0, 0]], np.float32)
    assert ndcg(given, past, newest.likes) == pytest.approx(1 / np.log2(3))


def test_the_setting_that_ranks_the_newest_best_is_chosen_without_seeing_them() -> None:
    decided = _of([(0, v, True) for v in (3, 2, 0, 4, 1)], (1, 6))

    def fit(past: Decisions, grid: list[int]) -> list[Float32]:
        assert sorted(past.videos) == [0, 2, 3, 4]
        return [np.eye(6, dtype=np.float32)[[video]] for video in grid]

    assert best(fit, [5, 1, 4], decided) == 1


@pytest.mark.postgres
def test_peers_get_what_was_decided_before_the_window_in_the_order_of_time(database: str) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    with closing(connect(database)) as connection:
        fill(connection)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM user_video_decisions")
            cursor.execute("SELECT user_id::text FROM users ORDER BY user_id LIMIT 2")
            one, two = (user for (user,) in cursor)
            cursor.execute("SELECT video_id::text FROM videos ORDER BY video_id")
            videos = [video for (video,) in cursor]
            cursor.executemany(
                "INSERT INTO user_video_decisions VALUES (%s, %s, %s, %s)",
                [
                    (user, videos[video], decision, begin - timedelta(days=days))
                    for user, video, decision, days in (
                        (one, 1, "like", 2),
                        (two, 0, "like", 9),
                        (one, 2, "like", 5),
                        (one, 2, "nope", 1),
                        (two, 1, "nope", 4),
                        (one, 3, "like", -1),
                    )
                ],
            )
        days = (begin - timedelta(days=3), begin, begin + timedelta(days=3))
        rule = WindowRule(moments=(days[0].isoformat(), days[1].isoformat(), days[2].isoformat()))
        found = read_decisions(connection, rule, [one], videos)
    rows = list(zip(found.users, found.videos, found.liked, strict=True))
    assert rows == [(1, 0, True), (1, 1, False), (0, 1, True), (0, 2, True)]
    assert found.shape == (2, len(videos))
