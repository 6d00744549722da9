"""Which videos a step takes through the video tower, and at which age."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.tfx


def test_a_video_of_an_age_is_taken_once_and_each_pair_finds_its_own() -> None:
    """Drawn videos are 0 and 1. Ages that round to the same 64th are one."""
    from components.trainer.model.sampling import distinct_ages

    own = np.array([0.25, 0.5], np.float32)
    places = np.array([1, 0, 1, 1, 0], np.int32)
    ages = np.array([0.75, 0.25, 0.505, 0.751, 0.5], np.float32)
    aged, place = distinct_ages(own, places, ages)
    assert aged.place.numpy().tolist() == [0, 1, 1, 0]
    assert aged.age.numpy().tolist() == [0.25, 0.5, 0.75, 0.5]
    assert place.numpy().tolist() == [2, 0, 1, 2, 3]


def test_the_oldest_and_the_youngest_video_stay_apart_from_the_next_one() -> None:
    from components.trainer.model.sampling import distinct_ages

    aged, place = distinct_ages(
        np.array([1.0, 0.0, 1.0], np.float32),
        np.array([1, 0], np.int32),
        np.array([1.0, 0.0], np.float32),
    )
    assert aged.place.numpy().tolist() == [0, 1, 2, 1, 0]
    assert aged.age.numpy().tolist() == [1.0, 0.0, 1.0, 1.0, 0.0]
    assert place.numpy().tolist() == [3, 4]
