"""Whatever a request holds, a tower gets finite numbers, and never a row of nothing but zeros."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from schema.feature import Column, Kind, Side, ValueType
from schema.features import features, model_inputs
from tests.components.toy_transform import Outputs

pytestmark = pytest.mark.tfx

Row = dict[str, Any]
Graph = tuple[Any, Outputs]
NUMBERS = st.floats(width=32) | st.sampled_from([-1.0, 0.0, 1e38, float("nan"), float("-inf")])
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=40) | st.sampled_from(
    ["", "🎬", "夜の", "red car", "v1", "drama", "\0", "\ufffd\u200d", "ー" * 500]
)
SHARES = st.dictionaries(TEXTS.filter(bool), st.integers(1, 10**6), max_size=5)
COUNTS = {row.columns[1].name: row.name for side in Side for row in features(side, Kind.SHARES)}

USUAL = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _value(column: Column) -> st.SearchStrategy[Any]:
    one = NUMBERS if column.type is ValueType.FLOAT else TEXTS
    return st.lists(one, max_size=60) if column.is_list else one


@st.composite
def _row(draw: st.DrawFn, side: Side) -> Row:
    """Any float for a number and any text for a string; a key of shares has its count."""
    row = {c.name: draw(_value(c)) for c in model_inputs(side) if c.name not in COUNTS}
    for counts, keys in COUNTS.items():
        if keys in row:
            shares = draw(SHARES)
            row[keys], row[counts] = list(shares), [float(count) for count in shares.values()]
    return row


def _bare(side: Side, **known: Any) -> Row:
    """All that can be missing is: as serving sends it."""
    absent = {ValueType.FLOAT: -1.0, ValueType.STRING: ""}
    bare = {c.name: [] if c.is_list else absent[c.type] for c in model_inputs(side)}
    return {**bare, **known}


NEW_USER = _bare(Side.USER, total_likes=0.0, likes_per_day=0.0)
NEW_VIDEO = _bare(Side.VIDEO, video_id="new", text="untold 夜", performer_count=0.0, tag_count=0.0)


def _dense(
    side: Side, graph: Graph, row: Row, ignored: tuple[str, ...] = ()
) -> npt.NDArray[np.float32]:
    import tensorflow as tf

    from components.trainer.inputs.encoder import Encoder, VideoIndex

    with NamedTemporaryFile() as known:
        Path(known.name).write_text("v0\n")
        encoder = Encoder(side, graph[0], VideoIndex(Path(known.name)), ignored)
    types = {ValueType.FLOAT: tf.float32, ValueType.STRING: tf.string}
    raw = {c.name: tf.constant([row[c.name]], types[c.type]) for c in model_inputs(side)}
    encoded = encoder(raw)
    assert encoded.dense.shape[0] == 1
    dense: npt.NDArray[np.float32] = encoded.dense.numpy()[0]
    return dense


def _assert_can_be_normalised(dense: npt.NDArray[np.float32]) -> None:
    assert np.isfinite(dense).all()
    assert 0 < np.linalg.norm(dense) < 1000


@USUAL
@given(row=_row(Side.USER))
@example(row=NEW_USER)
@example(row=_bare(Side.USER))
def test_a_user_s_row_is_finite_and_not_zero(users: Graph, row: Row) -> None:
    _assert_can_be_normalised(_dense(Side.USER, users, row))


@USUAL
@given(row=_row(Side.VIDEO))
@example(row=NEW_VIDEO)
@example(row=_bare(Side.VIDEO))
def test_a_video_s_row_is_finite_and_not_zero(catalogue: Graph, row: Row) -> None:
    _assert_can_be_normalised(_dense(Side.VIDEO, catalogue, row))


def test_a_user_without_decisions_has_the_mean_of_others_and_even_shares(
    users: Graph,
) -> None:
    """But for what is known: no likes. Two genres and the unknown one share alike."""
    dense = _dense(Side.USER, users, NEW_USER)
    logs = [np.log1p([0, 3, 7, 1]), np.log1p([0, 0.3, 0.35, 1.0])]
    likes, per_day = (-values.mean() / values.std() for values in logs)
    np.testing.assert_allclose(dense, [likes, 0, 0, 0, per_day, 0, 1 / 3, 1 / 3, 1 / 3], atol=1e-5)


def test_a_video_with_nothing_but_a_title_is_of_unknown_genre_and_maker(catalogue: Graph) -> None:
    """Its words are unknown too: what is left is the two unknown places and its counts of 0."""
    dense = _dense(Side.VIDEO, catalogue, NEW_VIDEO)
    text, rest = dense[:1000], dense[1000:]
    assert not text.any()
    assert rest[2] == 1  # behind two genres
    assert sum(rest[:3]) == 1
    tags = np.log1p([2, 1, 0, 2, 1_000])
    np.testing.assert_allclose(rest[-5:], [0, 0, 0, -tags.mean() / tags.std(), 0.5], atol=1e-5)


def test_a_kind_that_is_ignored_is_left_out_of_the_row(catalogue: Graph) -> None:
    whole = _dense(Side.VIDEO, catalogue, NEW_VIDEO)
    np.testing.assert_array_equal(_dense(Side.VIDEO, catalogue, NEW_VIDEO, ("text",)), whole[1000:])


def test_an_ignored_history_is_empty(users: Graph) -> None:
    import tensorflow as tf

    from components.trainer.inputs.encoder import Encoder, VideoIndex

    with NamedTemporaryFile() as known:
        Path(known.name).write_text("v0\n")
        index = VideoIndex(Path(known.name))
    types = {ValueType.FLOAT: tf.float32, ValueType.STRING: tf.string}
    raw = {c.name: tf.constant([NEW_USER[c.name]], types[c.type]) for c in model_inputs(Side.USER)}
    (liked,) = (name for name in raw if name.startswith("liked") and "video" in name)
    raw[liked] = tf.constant([["v0"]])
    asked = [Encoder(Side.USER, users[0], index, kinds)(raw).videos for kinds in ((), ("history",))]
    assert [int(tf.reduce_max(videos)) for videos in asked] == [0, -1]
