"""The newest fifth of a user's moments judges the closed form and is no part of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.tfx

KNOWN, LENGTH = 30, 3
NOPED, LAST_NOPED, UNKNOWN = 20, 21, KNOWN


def _train() -> Any:
    """User a has 4 moments, b 10, c 5; at each a video is liked, by c at the first four only.

    b likes video i at its moment i, and nopes video 20 before its moment 1, an unknown one before
    7, and 21 before 8. Histories hold the newest 3. `dense` is the number of the row.
    """
    from components.trainer.inputs.moments import _moments

    likes = {"a": [10, 11, 12, 13], "b": [*range(10)], "c": [14, 15, 16, 17, -1]}
    nopes = {"b": {1: NOPED, 7: UNKNOWN, 8: LAST_NOPED}}
    users, histories, asked = [], [], []
    for user, liked in likes.items():
        noped: list[int] = []
        for moment, video in enumerate(liked):
            noped = [nopes.get(user, {}).get(moment, -1), *noped]
            past = [v for v in reversed(liked[:moment]) if v >= 0], [v for v in noped if v >= 0]
            histories.append([(own + [-1] * LENGTH)[:LENGTH] for own in past])
            users.append(user)
            asked.append([video])
    rows, videos = len(users), np.array(asked, np.int32)
    return _moments(
        np.array(users, object),
        {
            "dense": np.arange(rows, dtype=np.float32)[:, np.newaxis],
            "histories": np.array(histories, np.int32),
            "pair_videos": videos,
            "labels": (videos >= 0).astype(np.float32),
            "sampling_probabilities": np.full((rows, 1), 0.1, np.float32),
            "ages": np.zeros((rows, 1), np.float32),
        },
    )


def _window(users: int, decided: int) -> Any:
    from components.trainer.fitting.ranking_rows import RankingRows

    histories = np.full((users, 2, 10), -1, np.int32)
    histories[:, 0, : decided // 2] = histories[:, 1, : decided - decided // 2] = 0
    rows = [np.array([0])] * users
    return RankingRows(np.zeros((users, 1), np.float32), histories, rows, rows)


def test_the_newest_fifth_is_held_out_with_all_that_was_seen_before_it() -> None:
    """Of b moments 8 and 9: seen are its first 8 likes, few in its history, and both nopes."""
    from components.trainer.fitting.holdout import hold_out

    train = _train()
    part, judges = hold_out(train, None, KNOWN, 100)
    assert judges is not None
    assert len(judges) == 1
    assert judges.relevant[0].tolist() == [8, 9]
    assert judges.seen[0].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, NOPED, LAST_NOPED]
    assert judges.dense.tolist() == [[4 + 8]]
    assert judges.histories[0].tolist() == [[7, 6, 5], [LAST_NOPED, UNKNOWN, NOPED]]
    assert part.rows_of.numpy().tolist() == [4, 8, 5]


def test_nothing_that_is_held_out_is_fitted() -> None:
    from components.trainer.fitting.closed_form import first_likes, likes_and_nopes
    from components.trainer.fitting.holdout import hold_out
    from components.trainer.inputs.moments import batches
    from components.trainer.settings import TrainSettings

    part, _ = hold_out(_train(), None, KNOWN, 100)
    likes, nopes = likes_and_nopes(part, KNOWN)
    assert likes[1].nonzero()[1].tolist() == [*range(8)]
    assert nopes[1].nonzero()[1].tolist() == [NOPED]
    assert sorted(first_likes(part, KNOWN)) == [*range(8), *range(10, 18)]
    settings = TrainSettings(moments_per_user=60, batch_size=64, targets=8)
    drawn = {video for b in batches(part, settings) for video in b["targets"].numpy().flat}
    assert drawn == {-1, *range(8), *range(10, 18)}


def test_users_with_few_moments_or_no_later_like_stay_whole() -> None:
    """User a has 4 moments; c, who has 5, likes nothing at the last."""
    from components.trainer.fitting.holdout import hold_out

    train = _train()
    part, _ = hold_out(train, None, KNOWN, 100)
    for user, (first, count) in {0: (0, 4), 2: (14, 5)}.items():
        rows = part.rows["dense"].numpy()[int(part.first_row[user]) :][:count, 0]
        assert rows.tolist() == [*range(first, first + count)]
    nobody, judges = hold_out(part._replace(likes_left=0 * part.likes_left), None, KNOWN, 100)
    assert judges is None
    assert nobody.rows_of.numpy().tolist() == [4, 8, 5]


@pytest.mark.parametrize(
    ("users", "decided", "held_out"), [(200, 10, 0), (199, 10, 1), (200, 9, 1)]
)
def test_a_window_with_200_users_of_10_decisions_judges_alone(
    users: int, decided: int, held_out: int
) -> None:
    from components.trainer.fitting import holdout

    train, window = _wide(_train()), _window(users, decided)
    part, judges = holdout.hold_out(train, window, KNOWN, 5000)
    assert judges is not None
    assert len(judges) == users + held_out
    assert (part is train) == (held_out == 0)
    assert len(judges.decided) == len(judges.dense) == len(judges.seen) == users + held_out
    if held_out:
        assert judges.relevant[-1].tolist() == [8, 9]


def _wide(train: Any) -> Any:
    """With histories as wide as the window's."""
    import tensorflow as tf

    wide = tf.pad(train.rows["histories"], [[0, 0], [0, 0], [0, 7]], constant_values=-1)
    return train._replace(rows={**train.rows, "histories": wide})


def test_no_more_users_are_held_out_than_wanted() -> None:
    """Of two users with ten moments each."""
    import tensorflow as tf

    from components.trainer.fitting.holdout import hold_out
    from components.trainer.inputs.moments import _moments

    own, other = ({n: v.numpy()[4:14] for n, v in _train().rows.items()} for _ in range(2))
    users = np.repeat(np.array(["a", "b"], object), 10)
    train = _moments(users, {name: np.concatenate([own[name], other[name]]) for name in own})
    assert tf.reduce_sum(train.rows_of) == 20
    for most, left in ((2, [8, 8]), (1, [8, 10])):
        part, judges = hold_out(train, None, KNOWN, most)
        assert judges is not None
        assert len(judges) == most
        assert part.rows_of.numpy().tolist() == left
