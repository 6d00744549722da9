"""The peers of an environment of their own, as far as this environment sees them."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.peers import environment
from benchmarks.quality.candidates import find
from benchmarks.quality.decisions import Decisions
from benchmarks.quality.exposure import Exposure, scores
from benchmarks.quality.outside import fitted
from benchmarks.quality.reranking import reranked
from schema.arrays import Float32
from schema.errors import SetupError

SETTING = Exposure(likes=1, decisions=1, weight=2, fading=1)
SCRIPT = """
import json, sys
import numpy as np
given, found, settings = sys.argv[1:]
arrays = np.load(given)
np.save(found, arrays["users"][:, None] * json.loads(settings)["times"] + arrays["shape"])
"""


def _decisions(seed: int = 3) -> Decisions:
    """Of 20 users and 40 videos, in random order."""
    rng = np.random.default_rng(seed)
    pairs = np.argwhere(rng.random((20, 40)) < 0.5)
    users, videos = rng.permutation(pairs).T
    return Decisions(users, videos, rng.random(len(users)) < 0.6, (20, 40))


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of scripts that run in this very Python."""
    monkeypatch.setattr(environment, "HERE", tmp_path)
    monkeypatch.setattr(environment, "environment", lambda: Path(sys.executable))
    return tmp_path


def test_a_script_gets_the_decisions_and_the_settings_and_its_array_comes_back(
    scripts: Path,
) -> None:
    (scripts / "toy.py").write_text(SCRIPT, encoding="utf-8")
    decisions = Decisions(np.array([1, 0]), np.array([0, 1]), np.array([True, False]), (2, 3))
    found = list(fitted("toy", decisions, [{"times": 10}, {"times": 100}]))
    assert [one.tolist() for one in found] == [[[12, 13], [2, 3]], [[102, 103], [2, 3]]]
    assert found[0].dtype == np.float32


def test_a_script_that_fails_is_quoted(scripts: Path) -> None:
    (scripts / "toy.py").write_text("raise ValueError('seven is too many')", encoding="utf-8")
    with pytest.raises(SetupError, match=r"(?s)status 1.*seven is too many"):
        environment.run("toy", {})


def test_the_environment_is_made_again_when_the_lock_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a lock file that asks for nothing, so that nothing is fetched."""
    lock, folder = tmp_path / "requirements.lock", tmp_path / "env"
    monkeypatch.setattr(environment, "LOCK", lock)
    monkeypatch.setattr(environment, "FOLDER", folder)
    lock.write_text("# nothing\n", encoding="utf-8")
    python = environment.environment()
    assert python.exists()
    stamp = (folder / "installed.sha256").read_text(encoding="utf-8")
    assert stamp == hashlib.sha256(b"# nothing\n").hexdigest()
    (folder / "kept").touch()
    environment.environment()
    assert (folder / "kept").exists()
    lock.write_text("# nothing else\n", encoding="utf-8")
    assert environment.environment() == python
    assert python.exists()
    assert not (folder / "kept").exists()


def test_candidates_are_undecided_videos_the_best_first_with_their_scores() -> None:
    decisions = _decisions()
    (score,) = scores(decisions, [SETTING])
    found = find(decisions, SETTING)
    for user in range(20):
        own = set(decisions.videos[decisions.users == user])
        left = sorted(set(range(40)) - own, key=lambda video, u=user: -score[u, video])
        assert found.videos[user, : len(left)].tolist() == left
    by_hand = np.take_along_axis(score, found.videos, axis=1)
    np.testing.assert_array_equal(found.features[:, :, -2], by_hand)
    assert (found.features[:, :, -1] == np.arange(40)).all()


def test_features_of_counts_and_of_what_is_decided_on_together() -> None:
    """User 0 nopes video 0 and likes video 1; user 1 likes video 1, then 2; user 2 likes video 1.

    Of the decisions on video 1, one of three is beside one on video 0, one beside one on video 2.
    The newest 10 of user 2 are that one decision, which weighs a tenth.
    """
    users, videos = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 2, 1])
    decisions = Decisions(users, videos, videos > 0, (3, 3))
    found = find(decisions, SETTING)
    of_user_2 = {int(v): found.features[2, place] for place, v in enumerate(found.videos[2])}
    together, likes, every, share = 7, 8, 9, 10
    assert of_user_2[0][together] == pytest.approx(1 / 30)
    assert of_user_2[2][together] == pytest.approx(1 / 30)
    assert of_user_2[1][[likes, every, share]].tolist() == [3, 3, 1]
    assert of_user_2[0][[likes, every, share]].tolist() == [0, 1, 0]
    of_user_0 = found.features[0, 0]
    assert of_user_0[[11, 12, 13]].tolist() == [1, 2, 0.5]


def test_the_reranker_learns_from_each_user_s_newest_and_scores_all_candidates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The trees are replaced by the first candidate's place: they would turn the order round."""
    given: dict[str, Any] = {}

    def run(script: str, rows: Mapping[str, Any], settings: Mapping[str, Any]) -> Float32:
        given.update(rows, script=script, settings=settings)
        return np.asarray(rows["asked"][:, :, -1])

    monkeypatch.setattr(environment, "run", run)
    decisions = _decisions()
    (found,) = reranked(decisions, [{"num_leaves": 7}], setting=SETTING)
    older, newest = decisions.cut_newest()
    liked = set(zip(newest.likes.users, newest.likes.videos, strict=True))
    learned = find(older, SETTING).videos
    expected = [[(user, video) in liked for video in learned[user]] for user in range(20)]
    assert given["labels"].tolist() == expected
    assert sum(map(sum, expected)) == len(liked) > 10
    assert (given["script"], given["settings"]) == ("lambdamart", {"num_leaves": 7})
    order = np.argsort(-found, axis=1)
    assert order.tolist() == find(decisions, SETTING).videos[:, ::-1].tolist()
