"""The refitted model is released only where it is sound beside the candidate."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from schema.feature import Side
from tests.components.test_retrieval_evaluator import (
    TASTE,
    USERS,
    VIDEOS,
    Floats,
    _collapsed,
    _good,
    _id,
    _nan,
    _save,
    _worse,
    _write,
    window,
)

pytestmark = pytest.mark.tfx
__all__ = ["window"]

Vectors = tuple[Floats, Floats]


@pytest.fixture
def judges(window: dict[str, list[str]], tmp_path: Path) -> Any:
    """Each user's three liked videos, and the three that stand 7 behind them as negatives."""
    from components.release_fit.checks import Judges

    pairs = [
        {"user_id": _id(u), "total_likes": float(u), "video_id": _id(video), "label": label}
        for u in range(USERS)
        for label, videos in ((1.0, TASTE[u]), (0.0, (TASTE[u] + 7) % VIDEOS))
        for video in videos.tolist()
        if label or video not in TASTE[u]
    ]
    files = _write(tmp_path / "pairs.gz", pairs, Side.USER, Side.VIDEO, Side.PAIR)
    return Judges(**window, pairs=files)


def _settled(judges: Any, folder: Path, candidate: Vectors, released: Vectors) -> tuple[Any, bool]:
    """The record, and whether the folder holds the candidate afterwards."""
    from components.release_fit.component import settled

    one, other = _save(folder / "candidate", candidate), _save(folder / "released", released)
    record = settled(one, other, judges)
    pairs = ((path, other / path.relative_to(one)) for path in one.rglob("*") if path.is_file())
    same = all(twin.exists() and twin.read_bytes() == path.read_bytes() for path, twin in pairs)
    return record, same


def _turned() -> Vectors:
    """The good model in another basis: equal scores from other vectors."""
    users, videos = _good()
    return users[:, ::-1], videos[:, ::-1]


def test_a_model_that_ranks_alike_is_released(judges: Any, tmp_path: Path) -> None:
    record, is_candidate = _settled(judges, tmp_path, _good(), _turned())
    assert (record.refitted, record.reason, is_candidate) == (True, "", False)
    assert {check.name: check.got for check in record.checks} == {
        "finite unit vectors": "all",
        "mean cosine of two videos": f"{1 / VIDEOS:.3f}",
        "overlap of the top 20 with the candidate's": "1.000",
        "AUC-PR of the eval window's pairs": "1.0000",
    }


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_nan, "finite unit vectors: expected all, got expected embeddings of length 1"),
        (_collapsed, "mean cosine of two videos: expected at most 0.95, got 1.000"),
        (_worse, "AUC-PR of the eval window's pairs: expected at least 1.0000, got 0."),
    ],
)
def test_one_that_is_not_leaves_the_candidate_in_its_place(
    judges: Any, tmp_path: Path, make: Callable[[], Vectors], reason: str
) -> None:
    record, is_candidate = _settled(judges, tmp_path, _good(), make())
    assert not record.refitted
    assert reason in record.reason
    assert is_candidate


def test_a_candidate_that_its_gate_refuses_does_not_end_the_node(
    judges: Any, tmp_path: Path
) -> None:
    record, is_candidate = _settled(judges, tmp_path, _nan(), _good())
    assert not record.refitted
    assert "finite unit vectors: expected all, got expected embeddings" in record.reason
    assert is_candidate


def test_nor_does_a_window_in_which_nobody_likes_anything(judges: Any, tmp_path: Path) -> None:
    users = _write(tmp_path / "users.gz", [{"user_id": _id(0), "total_likes": 0.0}], Side.USER)
    empty = judges._replace(users=users)
    record, is_candidate = _settled(empty, tmp_path, _good(), _turned())
    assert record.reason == "users to compare for: expected some, got none"
    assert is_candidate


def test_the_overlap_is_a_mean_of_shares_over_users() -> None:
    from components.release_fit.checks import _overlap

    ours = np.array([[0, 1, 2, 3], [4, 5, 6, -1]])
    theirs = np.array([[3, 2, 9, 8], [7, 8, 9, -1]])
    assert _overlap(ours, theirs) == (2 / 4 + 0 / 3) / 2
