"""The pairs that one can look at are those that the pipeline trains on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import timedelta

import pytest

from components.example_gen.example_query import NegativeSampling
from components.example_gen.training_pairs import create_training_pairs, negative_sampling
from schema import queries
from schema.database import Connection, connect
from schema.errors import DataError
from schema.windows import WindowRule, resolve_windows
from tests.schema.random_world import (
    HEAVY,
    LIGHT,
    NOON,
    NOPER,
    USERS,
    Decision,
    Video,
    ask,
    random_decisions,
    write,
)  # fmt: skip

pytestmark = pytest.mark.postgres

RULE = WindowRule(0.2, 0.2)
SPARE = [Video(str(number) * 8 + "-0000-0000-0000-000000000000") for number in range(10)]


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with closing(connect(database)) as opened:
        yield opened


@pytest.mark.parametrize("split", ["train", "valid", "eval"])
def test_the_pairs_are_those_of_the_pipeline_s_rows(connection: Connection, split: str) -> None:
    """Each list in a row of the pipeline, taken apart; the moment is that row's."""
    write(connection, random_decisions(1), SPARE)
    query = queries.fill(
        queries.DECISIONS, resolve_windows(connection, RULE), split, asdict(NegativeSampling())
    )
    query = query.replace(
        "SELECT user_features.user_id", "SELECT user_features.key_at, user_features.user_id"
    )
    columns = ("pair_videos", "labels", "sampling_probabilities")
    expected = [
        (row["user_id"], video, row["key_at"], label, probability)
        for row in ask(connection, query)
        for video, label, probability in zip(*(row[name] for name in columns), strict=True)
    ]
    pairs = create_training_pairs(connection, split, RULE)
    assert pairs == expected
    assert len(pairs) > 9


@pytest.mark.parametrize("seed", range(4))
def test_no_positive_is_a_negative_and_all_have_a_chance(connection: Connection, seed: int) -> None:
    """For the same user in the same window."""
    write(connection, random_decisions(seed), SPARE)
    for split in ("train", "valid", "eval"):
        pairs = create_training_pairs(connection, split, RULE, NegativeSampling(seed=seed))
        positive, negative = (
            {(p.user_id, p.video_id) for p in pairs if p.label == label} for label in (1, 0)
        )
        assert positive
        assert negative
        assert not positive & negative
        assert len(positive) == sum(p.label == 1 for p in pairs)
        assert all(0 < p.probability <= 1 for p in pairs)


@pytest.mark.parametrize("ratio", [1, 2, 3])
def test_one_user_s_negatives_are_that_user_s_among_all(connection: Connection, ratio: int) -> None:
    write(connection, random_decisions(2), SPARE)
    sampling = NegativeSampling(ratio=ratio, tries=500)
    pairs = create_training_pairs(connection, "train", RULE, sampling)
    likes = Counter(pair.user_id for pair in pairs if pair.label == 1)
    assert likes[HEAVY] > 9
    for user in USERS:
        negatives = negative_sampling(connection, user.upper(), ratio, rule=RULE, sampling=sampling)
        assert negatives == [p for p in pairs if p.user_id == user and p.label == 0]
        assert len(negatives) == ratio * likes[user]


def test_without_more_words_there_are_two_negatives_to_a_like(connection: Connection) -> None:
    """And a window is the whole past: what was decided before it is not drawn in it either."""
    liked, noped, later = SPARE[:3]
    decisions = [
        Decision(LIGHT, video, liked=video is not noped, at=NOON + timedelta(hours=hours))
        for hours, video in enumerate((liked, noped, later))
    ]
    decisions += [Decision(NOPER, later, liked=False, at=NOON + timedelta(hours=h)) for h in (3, 4)]
    write(connection, decisions, SPARE)
    assert len(create_training_pairs(connection)) == 6
    negatives = negative_sampling(connection, LIGHT)
    assert [pair.video_id for pair in negatives][-1] != later.video_id
    assert len(negatives) == 4
    assert Counter(p.video_id for p in negatives)[noped.video_id] == 1
    assert not {liked.video_id, later.video_id} & {p.video_id for p in negatives}
    moments = (NOON + timedelta(minutes=90), *(NOON + timedelta(hours=h) for h in (3, 4)))
    rule = WindowRule(moments=tuple(map(str, moments)))  # type: ignore[arg-type]
    drawn = negative_sampling(connection, LIGHT, split="valid", rule=rule)
    assert len(drawn) == 2
    assert not {v.video_id for v in (liked, noped, later)} & {p.video_id for p in drawn}


def test_a_ratio_below_one_and_what_is_no_uuid_are_refused(connection: Connection) -> None:
    with pytest.raises(DataError, match="expected a ratio of 1 or more, got 0"):
        negative_sampling(connection, LIGHT, 0)
    with pytest.raises(ValueError, match="badly formed"):
        negative_sampling(connection, "1'; --")
