"""The second gate: figures by hand, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
import pytest

from components.retrieval_evaluator.gate import refusals
from schema.documents.ranking import GroupDifference, Interval
from schema.example_columns import EXAMPLE_COLUMNS
from schema.feature import Side, columns

pytestmark = pytest.mark.tfx

Floats = npt.NDArray[np.float32]
USERS, VIDEOS, DIMENSION = 60, 40, 768
RNG = np.random.default_rng(3)
TASTE = RNG.integers(0, VIDEOS, (USERS, 3))
"""Each user's three liked videos of the window."""
POPULAR = np.bincount(TASTE.ravel(), minlength=VIDEOS) + 1.0


def _id(number: int) -> str:
    return str(UUID(int=number))


def _videos() -> Floats:
    """One axis for each video."""
    return np.eye(VIDEOS, DIMENSION, dtype=np.float32)


def _towards(weights: Floats) -> Floats:
    """[users, videos] wishes to unit vectors of users."""
    people = np.zeros((USERS, DIMENSION), np.float32)
    people[:, :VIDEOS] = weights
    return people / np.linalg.norm(people, axis=1, keepdims=True)


def _good() -> tuple[Floats, Floats]:
    wishes = np.full((USERS, VIDEOS), 0.01, np.float32)
    np.put_along_axis(wishes, TASTE, 1, axis=1)
    return _towards(wishes), _videos()


def _worse() -> tuple[Floats, Floats]:
    """Another user's taste."""
    people, videos = _good()
    return np.roll(people, 7, axis=0), videos


def _nan() -> tuple[Floats, Floats]:
    people, videos = _good()
    return np.where(np.arange(USERS)[:, np.newaxis] == 5, np.nan, people), videos


def _collapsed() -> tuple[Floats, Floats]:
    one = np.zeros(DIMENSION, np.float32)
    one[0] = 1
    return np.tile(one, (USERS, 1)), np.tile(one, (VIDEOS, 1))


def _good_at_pairs_alone() -> tuple[Floats, Floats]:
    """Liked videos stand above the noped ones, and ten that nobody asked about above both."""
    wishes = np.full((USERS, VIDEOS), 0.01, np.float32)
    np.put_along_axis(wishes, TASTE, 0.5, axis=1)
    unasked = np.argsort(POPULAR)[:12]
    for user, own in enumerate(TASTE):
        wishes[user, [v for v in unasked if v not in own]] = 1
    return _towards(wishes), _videos()


def _save(folder: Path, vectors: tuple[Floats, Floats]) -> Path:
    """A SavedModel that looks embeddings up by the rows' keys, and scores pairs by their cosine."""
    import tensorflow as tf

    from components.transform.raw import parse_raw, signature_of
    from schema.features import model_inputs

    people, videos = (tf.constant(table) for table in vectors)

    class Model(tf.Module):
        def users(self, **raw: Any) -> dict[str, Any]:
            (number,) = (c.name for c in model_inputs(Side.USER) if c.name == "total_likes")
            return {"embedding": tf.gather(people, tf.cast(raw[number], tf.int32))}

        def videos(self, **raw: Any) -> dict[str, Any]:
            tail = tf.strings.substr(raw["video_id"], -2, 2)
            hexadecimal = tf.strings.unicode_decode(tail, "UTF-8").to_tensor()
            digits = tf.where(hexadecimal > 57, hexadecimal - 87, hexadecimal - 48)
            return {"embedding": tf.gather(videos, digits[:, 0] * 16 + digits[:, 1])}

        def score(self, examples: Any) -> dict[str, Any]:
            sides = ((self.users, Side.USER), (self.videos, Side.VIDEO))
            one, other = (
                look_up(**parse_raw(examples, model_inputs(side)))["embedding"]
                for look_up, side in sides
            )
            return {"prediction": tf.reduce_sum(one * other, axis=1)}

    model = Model()
    signatures = {
        name: tf.function(method).get_concrete_function(**signature_of(model_inputs(side)))
        for name, method, side in (
            ("serving_default", model.users, Side.USER),
            ("video_embedding", model.videos, Side.VIDEO),
        )
    }
    signatures["score"] = tf.function(model.score).get_concrete_function(
        examples=tf.TensorSpec([None], tf.string)
    )
    tf.saved_model.save(model, str(folder), signatures=signatures)
    return folder


def _write(path: Path, rows: list[dict[str, Any]], *sides: Side) -> list[str]:
    """Rows in which all other columns are missing."""
    import tensorflow as tf

    from components.example_gen.convert import row_converter

    table = columns(tuple(row for row in EXAMPLE_COLUMNS if row.side in sides))
    convert = row_converter([c.name for c in table])
    with tf.io.TFRecordWriter(str(path), "GZIP") as shard:
        for row in rows:
            given = {"known_in_train": 1.0, "text": "", **row}
            shard.write(convert([given.get(c.name, [] if c.is_list else None) for c in table]))
    return [str(path)]


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Every user liked three videos and had seen none."""
    folder = tmp_path_factory.mktemp("window")
    users = [
        {"user_id": _id(u), "total_likes": float(u), "relevant_videos": [*map(_id, set(own))]}
        for u, own in enumerate(TASTE.tolist())
    ]
    counts = [
        {"ranked_id": _id(v), "video_likes": float(POPULAR[v]), "video_decisions": 1.0}
        for v in range(VIDEOS)
    ]
    catalogue = [{"video_id": _id(v)} for v in range(VIDEOS)]
    return {
        "users": _write(folder / "users.gz", users, Side.USER, Side.RANKING),
        "popularity": _write(folder / "popularity.gz", counts, Side.POPULARITY),
        "catalogue": _write(folder / "catalogue.gz", catalogue, Side.VIDEO),
    }


def _evaluate(
    window: dict[str, list[str]], folder: Path, **models: tuple[Floats, Floats]
) -> dict[str, Any]:
    from components.retrieval_evaluator.component import LIVE, evaluate

    names = {"candidate": "candidate", "live": LIVE}
    saved = {names[name]: _save(folder / name, vectors) for name, vectors in models.items()}
    figures = evaluate(saved, **window)
    return json.loads(json.dumps(figures.plain(), allow_nan=False))  # type: ignore[no-any-return]


def test_a_perfect_model_has_perfect_figures_and_is_blessed(
    window: dict[str, list[str]], tmp_path: Path
) -> None:
    figures = _evaluate(window, tmp_path, candidate=_good())
    ours = figures["models"]["candidate"]
    for name in ("recall@10", "ndcg@10", "recall@20", "ndcg@20", "mrr@20"):
        assert ours[name] == pytest.approx({"mean": 1.0, "low": 1.0, "high": 1.0})
    assert ours["by_activity"][0] == {
        "seen": "none", "users": USERS, "ndcg@10": {"mean": 1.0, "low": 1.0, "high": 1.0},
    }  # fmt: skip
    popular = figures["models"]["popularity"]
    first = np.argsort(-POPULAR, kind="stable")[:10]
    found = [len({*own} & {*first}) / len({*own}) for own in TASTE.tolist()]
    assert popular["recall@10"]["mean"] == pytest.approx(np.mean(found))
    assert popular["coverage"] == 10 / VIDEOS
    share = (POPULAR + 1) / (POPULAR + 1).sum()
    assert popular["novelty"] == pytest.approx(-np.log2(share[first]).mean())
    assert figures["reasons"] == []
    assert "60 users" in figures["protocol"]
    assert "all 40 videos ranked" in figures["protocol"]


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (_worse, "expected no less than popularity's"),
        (_collapsed, "expected no less than popularity's"),
        (_good_at_pairs_alone, "expected no less than popularity's"),
        (_nan, "expected embeddings of length 1, got one of nan"),
    ],
)
def test_a_model_that_recommends_badly_is_refused(
    window: dict[str, list[str]],
    tmp_path: Path,
    make: Callable[[], tuple[Floats, Floats]],
    complaint: str,
) -> None:
    reasons = _evaluate(window, tmp_path, candidate=make())["reasons"]
    assert len(reasons) == 1
    assert complaint in reasons[0]


def test_the_model_that_is_good_at_pairs_alone_is_so() -> None:
    """Each liked video beats each noped one: its AUC-PR over such pairs is 1."""
    people, videos = _good_at_pairs_alone()
    scores = people @ videos.T
    unasked = np.argsort(POPULAR)[:12]
    for user, own in enumerate(TASTE):
        noped = [v for v in range(VIDEOS) if v not in own and v not in unasked]
        assert scores[user, own].min() > scores[user, noped].max()


def test_a_model_worse_than_the_live_one_is_refused_and_an_equal_one_is_not(
    window: dict[str, list[str]], tmp_path: Path
) -> None:
    """The candidate beats popularity, and has lost one user in three to the live model."""
    people, videos = _good()
    lost = np.where(np.arange(USERS)[:, np.newaxis] % 3 == 0, np.roll(people, 7, axis=0), people)
    figures = _evaluate(window, tmp_path / "worse", candidate=(lost, videos), live=_good())
    (reason,) = figures["reasons"]
    assert "expected no less than the live model's, got a change of -0." in reason
    assert figures["differences"]["popularity"]["low"] > 0
    equal = _evaluate(window, tmp_path / "equal", candidate=_good(), live=_good())
    assert equal["reasons"] == []


def test_a_change_is_refused_only_when_its_whole_interval_is_below_zero() -> None:
    def change(low: float, high: float) -> Interval:
        return Interval(mean=(low + high) / 2, low=low, high=high)

    assert refusals({"a": change(-0.2, 0.0), "b": change(0.1, 0.2)}) == []
    (reason,) = refusals({"a": change(-0.2, -0.1), "b": change(-0.1, 0.1)})
    assert reason == (
        "ndcg@10 over all users: expected no less than a's, got a change of -0.1500"
        " (95% interval -0.2000 to -0.1000)"
    )
    assert len(refusals({"a": change(float("nan"), float("nan"))})) == 1


def test_a_large_group_that_pays_for_another_is_refused() -> None:
    """Over all users the candidate is better; those with a history lose by their whole interval."""

    def group(users: int, high: float, rival: str = "a") -> GroupDifference:
        change = Interval(mean=high - 0.05, low=high - 0.1, high=high)
        return GroupDifference(rival=rival, seen="10 or more", users=users, change=change)

    better = {"a": Interval(mean=0.1, low=0.05, high=0.15)}
    assert refusals(better, [group(50, 0.0), group(49, -0.1)]) == []
    assert refusals(better, [group(50, -0.1)]) == [
        "ndcg@10 over the 50 users who had decided on 10 or more videos: expected no less than a's,"
        " got a change of -0.1500 (99% interval -0.2000 to -0.1000)"
    ]
    worse = {"a": Interval(mean=-0.1, low=-0.15, high=-0.05)}
    assert len(refusals(worse, [group(50, -0.1)])) == 1


def test_differences_by_group_are_those_of_their_users_alone() -> None:
    from components.retrieval_evaluator.measure import GATED, group_differences
    from components.retrieval_evaluator.window import Window

    seen = [np.arange(n) for n in (0, 0, 1, 9, 10)]
    empty = np.zeros(0)
    window = Window(["u"] * 5, [], empty, empty, seen, [np.arange(1)] * 5)
    ours = {GATED: np.array([0.5, 0.7, 0.2, 0.4, 1.0])}
    theirs = {GATED: np.array([0.4, 0.4, 0.2, 0.2, 0.4])}
    found = group_differences(ours, {"rival": theirs}, window)
    assert [(g.seen, g.users, round(g.change.mean, 6)) for g in found] == [
        ("none", 2, 0.2), ("1 to 9", 2, 0.1), ("10 or more", 1, 0.6),
    ]  # fmt: skip
    assert found[0].change.low == pytest.approx(0.1)
    assert found[0].change.high == pytest.approx(0.3)


@pytest.mark.parametrize("first_gate", [0, 1])
def test_the_node_s_blessing_is_that_of_both_gates(
    window: dict[str, list[str]], tmp_path: Path, first_gate: int
) -> None:
    from tfx.types import standard_artifacts

    from components.retrieval_evaluator.component import _Executor

    def examples(name: str, split: str) -> list[Any]:
        artifact = standard_artifacts.Examples()
        artifact.uri = str(tmp_path / name)
        artifact.split_names = json.dumps([split])
        folder = tmp_path / name / f"Split-{split}"
        folder.mkdir(parents=True)
        (folder / "data-00000.gz").write_bytes(Path(window[name][0]).read_bytes())
        return [artifact]

    def made(kind: Any, name: str) -> list[Any]:
        artifact = kind()
        artifact.uri = str(tmp_path / name)
        return [artifact]

    _save(tmp_path / "model" / "Format-Serving", _good())
    inputs = {
        "model": made(standard_artifacts.Model, "model"),
        "model_blessing": made(standard_artifacts.ModelBlessing, "first"),
        "users": examples("users", "eval"),
        "popularity": examples("popularity", "eval"),
        "catalogue": examples("catalogue", "all"),
    }
    inputs["model"][0].id = 17
    inputs["model_blessing"][0].set_int_custom_property("blessed", first_gate)
    (tmp_path / "blessing").mkdir()
    outputs = {
        "blessing": made(standard_artifacts.ModelBlessing, "blessing"),
        "evaluation": made(standard_artifacts.ModelEvaluation, "evaluation"),
    }
    _Executor().Do(inputs, outputs, {})
    blessing = outputs["blessing"][0]
    assert blessing.get_int_custom_property("blessed") == first_gate
    assert blessing.get_int_custom_property("current_model_id") == 17
    assert blessing.get_int_custom_property("all_gates") == 1
    written = json.loads((tmp_path / "evaluation" / "ranking.json").read_text())
    assert written["reasons"] == []
