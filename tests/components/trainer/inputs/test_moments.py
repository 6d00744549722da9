"""Rows of users at moments: which rows are whose, and what was liked from each row on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.tfx

USERS = np.array([b"a", b"a", b"a", b"b", b"c", b"c"], object)


def _moments() -> Any:
    """User a likes 10, then 11 and 12 at once, then nopes; b only nopes; c likes 13, then 10."""
    import tensorflow as tf

    from components.trainer.inputs.moments import Moments, _likes_left, first_rows

    likes = np.array([1, 2, 0, 0, 1, 1])
    first_row, rows_of = first_rows(USERS)
    first_like, left = _likes_left(USERS, likes)
    rows = {"pair_videos": tf.reshape(tf.range(6), [6, 1]), "dense": tf.zeros([6, 2])}
    parts = (first_row, rows_of, [10, 11, 12, 13, 10], first_like, left)
    tensors = (tf.constant(part, tf.int32) for part in parts)
    return Moments(rows, *tensors, np.array([b"a", b"b", b"c"], object))


def test_rows_of_a_user_and_likes_from_each_row_on() -> None:
    moments = _moments()
    assert moments.first_row.numpy().tolist() == [0, 3, 4]
    assert moments.rows_of.numpy().tolist() == [3, 1, 2]
    assert moments.first_like.numpy().tolist() == [0, 1, 3, 3, 3, 4]
    assert moments.likes_left.numpy().tolist() == [3, 2, 0, 0, 2, 1]


def test_an_epoch_asks_each_user_as_often_and_only_for_what_is_still_to_come() -> None:
    from components.trainer.inputs.moments import batches
    from components.trainer.settings import TrainSettings

    settings = TrainSettings(moments_per_user=50, epoch_least=3, batch_size=16, targets=8)
    allowed = {0: {10, 11, 12}, 1: {11, 12}, 2: {-1}, 3: {-1}, 4: {13, 10}, 5: {10}}
    seen: dict[int, set[int]] = {row: set() for row in allowed}
    count = {"a": 0, "b": 0, "c": 0}
    for batch in batches(_moments(), settings):
        rows = batch["pair_videos"].numpy()[:, 0]
        for row, targets in zip(rows, batch["targets"].numpy(), strict=True):
            seen[int(row)] |= {*targets.tolist()}
            count["aaabcc"[row]] += 1
    assert seen == allowed  # with 50 draws of 8, nothing is left out
    assert count == {"a": 50, "b": 50, "c": 50}


def test_few_users_are_asked_more_often() -> None:
    """At least 100 moments: 34 for each of three users."""
    from components.trainer.inputs.moments import batches
    from components.trainer.settings import TrainSettings

    settings = TrainSettings(moments_per_user=4, epoch_least=100, batch_size=16)
    assert sum(len(batch["dense"]) for batch in batches(_moments(), settings)) == 3 * 34


def test_an_epoch_can_be_cut() -> None:
    from components.trainer.inputs.moments import batches
    from components.trainer.settings import TrainSettings

    settings = TrainSettings(moments_per_user=50, batch_size=16, epoch_most=20)
    assert sum(len(batch["dense"]) for batch in batches(_moments(), settings)) == 20


def test_the_law_of_the_draw_is_read_off_the_pairs() -> None:
    """Row 3 was in no pair: it gets the least chance that any has."""
    import tensorflow as tf

    from components.trainer.inputs.moments import sampling_probability

    rows = {
        "pair_videos": tf.constant([[0, 1], [2, -1]]),
        "sampling_probabilities": tf.constant([[0.5, 0.2], [0.1, -1.0]]),
    }
    moments = _moments()._replace(rows=rows)
    np.testing.assert_allclose(sampling_probability(moments, 4), [0.5, 0.2, 0.1, 0.1])


def test_train_and_valid_read_together_are_one_window_in_the_order_of_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Shards come window by window; a's like in valid is one of a's later likes in train."""
    import tensorflow as tf

    from components.trainer.inputs import moments as module

    rows = {
        "user_id": np.array([b"a", b"b", b"a", b"c"], object),  # two of train, two of valid
        "dense": np.arange(4, dtype=np.float32)[:, np.newaxis],
        "histories": np.full((4, 2, 1), -1, np.int32),
        "pair_videos": np.array([[0], [1], [2], [3]]),
        "labels": np.array([[1.0], [0.0], [1.0], [1.0]], np.float32),
        "sampling_probabilities": np.full((4, 1), 0.1, np.float32),
        "pair_video_ages": np.ones((4, 1), np.float32),
    }
    monkeypatch.setattr(module, "encoded_rows", lambda *_: rows)

    class Same:
        def rows(self, ids: Any) -> Any:
            return tf.cast(ids, tf.int32)

    moments = module.load_moments([], None, Same())  # type: ignore[arg-type]
    assert moments.rows["dense"].numpy()[:, 0].tolist() == [0, 2, 1, 3]
    assert moments.rows_of.numpy().tolist() == [2, 1, 1]
    assert moments.likes.numpy().tolist() == [0, 2, 3]
    assert moments.likes_left.numpy().tolist() == [2, 1, 0, 1]


def test_two_windows_together_are_those_read_as_one() -> None:
    """The later one has fewer pairs a row, a user of its own and none of another."""
    from components.trainer.inputs.moments import _moments, together

    def window(users: list[bytes], dense: list[float], videos: list[list[int]]) -> Any:
        asked = np.array(videos)
        own = {"dense": np.array(dense, np.float32)[:, np.newaxis], "pair_videos": asked}
        labels = (asked < 20).astype(np.float32)
        return _moments(np.array(users, object), {**own, "labels": labels})

    first = window([b"a", b"c", b"c"], [0, 1, 2], [[10, 20], [11, -1], [12, -1]])
    then = window([b"a", b"b", b"b"], [3, 4, 5], [[13], [21], [14]])
    whole = together(first, then)
    assert whole.users.tolist() == [b"a", b"b", b"c"]
    assert whole.rows["dense"].numpy()[:, 0].tolist() == [0, 3, 4, 5, 1, 2]
    asked = [[10, 20], [13, -1], [21, -1], [14, -1], [11, -1], [12, -1]]
    assert whole.rows["pair_videos"].numpy().tolist() == asked
    assert whole.rows_of.numpy().tolist() == [2, 2, 2]
    assert whole.likes.numpy().tolist() == [10, 13, 14, 11, 12]
    assert whole.likes_left.numpy().tolist() == [2, 1, 1, 1, 2, 1]


def test_a_part_has_the_rows_before_each_user_s_end_and_their_likes_alone() -> None:
    """Users of 3, 1 and 3 rows cut after 2, 1 and 2 of them."""
    from components.trainer.inputs.moments import _moments, part_of

    videos = np.array([[10, 20], [11, -1], [12, -1], [21, -1], [13, -1], [14, 15], [10, -1]])
    labels = (videos < 20).astype(np.float32)  # a row without a second video has a label there
    rows = {"dense": np.arange(7, dtype=np.float32)[:, np.newaxis], "pair_videos": videos}
    users = np.array([b"a", b"a", b"a", b"b", b"c", b"c", b"c"], object)
    whole = _moments(users, {**rows, "labels": labels})
    assert whole.likes.numpy().tolist() == [10, 11, 12, 13, 14, 15, 10]
    part = part_of(whole, np.array([2, 4, 6]))
    assert part.rows["dense"].numpy()[:, 0].tolist() == [0, 1, 3, 4, 5]
    assert part.rows["pair_videos"].numpy()[:, 0].tolist() == [10, 11, 21, 13, 14]
    assert part.rows_of.numpy().tolist() == [2, 1, 2]
    assert part.first_row.numpy().tolist() == [0, 2, 3]
    assert part.likes.numpy().tolist() == [10, 11, 13, 14, 15]
    assert part.first_like.numpy().tolist() == [0, 1, 2, 2, 3]
    assert part.likes_left.numpy().tolist() == [2, 1, 0, 3, 2]
