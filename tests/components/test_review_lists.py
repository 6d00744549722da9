"""Users' lists side by side, and figures of breadth, by hand on a window of six videos."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.tfx

VIDEOS = list("abcdef")


def _window(seen: list[list[int]], relevant: list[list[int]], cold: list[int]) -> object:
    from components.retrieval_evaluator.window import Window

    return Window(
        users=[str(user) for user in range(len(seen))],
        videos=VIDEOS,
        likes=np.array([5.0, 4, 3, 2, 1, 0]),
        cold=np.isin(np.arange(6), cold),
        seen=[np.array(rows, np.int64) for rows in seen],
        relevant=[np.array(rows, np.int64) for rows in relevant],
    )


def test_the_lists_that_changed_most_come_first_and_each_user_once() -> None:
    from components.retrieval_evaluator.lists import user_lists

    count = 12
    window = _window([[5]] * count, [[0]] * count, [])
    theirs = np.tile(np.array([0, 1, 2]), (count, 1))
    ours = theirs.copy()
    ours[3], ours[7] = [3, 4, 0], [0, 3, 1]
    lists = user_lists(ours, theirs, window)  # type: ignore[arg-type]
    assert [one.why for one in lists] == ["changed most"] * 5 + ["at random"] * 5
    first, second = lists[:2]
    assert [(p.video, p.found, p.moved) for p in first.candidate] == [
        ("d", False, None), ("e", False, None), ("a", True, -2),
    ]  # fmt: skip
    assert [(p.video, p.moved) for p in first.live] == [("a", 2), ("b", None), ("c", None)]
    assert [(p.video, p.moved) for p in second.candidate] == [("a", 0), ("d", None), ("b", -1)]
    assert {one.decided for one in lists} == {1}


def test_places_that_no_video_has_are_left_out() -> None:
    from components.retrieval_evaluator.lists import user_lists

    top = np.array([[2, -1, -1]])
    (one,) = user_lists(top, top, _window([[]], [[2]], []))  # type: ignore[arg-type]
    assert [place.video for place in one.candidate] == ["c"]


def test_breadth_by_hand() -> None:
    """Places: a 3, b 2, f 1, the others none; of the likes of f and e, both new, f is found."""
    from components.retrieval_evaluator.measure import measure

    window = _window([[]] * 3, [[0], [5, 4], [1]], cold=[4, 5])
    model, _ = measure(np.array([[0, 1], [0, 5], [0, 1]]), window)  # type: ignore[arg-type]
    assert model.top_share == 3 / 6
    assert model.new_share == pytest.approx(1 / 6)
    assert model.new_recall_20 == 1 / 2
    pairs = [abs(x - y) for x in (3, 2, 1, 0, 0, 0) for y in (3, 2, 1, 0, 0, 0)]
    assert model.gini == pytest.approx(sum(pairs) / (2 * 6 * 6 * 1.0))


def test_without_a_like_of_a_new_video_there_is_no_figure() -> None:
    from components.retrieval_evaluator.measure import measure

    model, _ = measure(np.array([[0]]), _window([[]], [[0]], cold=[5]))  # type: ignore[arg-type]
    assert model.new_recall_20 is None


def test_distances_come_from_what_the_validator_has_left(tmp_path: Path) -> None:
    from tensorflow_metadata.proto.v0 import anomalies_pb2

    from components.model_review.data import read_data

    anomalies = anomalies_pb2.Anomalies()
    for name, drift, skew in (("genre", 0.1, None), ("price", 0.03, 0.2)):
        info = anomalies.drift_skew_info.add()
        info.path.step.append(name)
        info.drift_measurements.add(type="L_INFTY", value=drift, threshold=0.2)
        if skew:
            info.skew_measurements.add(type="JENSEN_SHANNON_DIVERGENCE", value=skew, threshold=0.25)
    (tmp_path / "Split-all").mkdir()
    (tmp_path / "Split-all" / "SchemaDiff.pb").write_bytes(anomalies.SerializeToString())

    class Report:
        def get_string_custom_property(self, name: str) -> str:
            assert name == "counts"
            return '{"videos: no title": 3}'

    data = read_data({"catalogue": tmp_path}, Report())
    assert [(d.feature, d.against, d.measure, d.distance) for d in data.distances] == [
        ("price", "the valid window", "jensen shannon divergence", 0.2),
        ("genre", "the last run", "l infty", 0.1),
        ("price", "the last run", "l infty", 0.03),
    ]
    assert data.quarantine == {"videos: no title": 3}
