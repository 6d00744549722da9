"""A model fitted on rows of the queries cannot use a signal that only the future contains."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import average_precision_score

from schema.database import Connection, connect
from tests.schema.leak_world import plant, read

pytestmark = pytest.mark.postgres

Vector = npt.NDArray[np.float64]
SECOND = timedelta(seconds=1)


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with closing(connect(database)) as opened:
        yield opened


def _sigmas_above_the_coin(connection: Connection, *, shuffled: bool = False) -> float:
    """AUC-PR on eval after a fit on train, in standard deviations of 300 random rankings' AUC-PR.

    A random ranking has the same scores, against the eval labels in another order.
    """
    chance = np.random.default_rng(0)
    train, eval_ = read(connection, "train"), read(connection, "eval")
    if shuffled:
        train, eval_ = ((inputs, chance.permutation(labels)) for inputs, labels in (train, eval_))
    model = GradientBoostingClassifier(n_estimators=40, random_state=0).fit(*train)
    scores: Vector = model.predict_proba(eval_[0])[:, 1]
    found = average_precision_score(eval_[1], scores)
    coins = [average_precision_score(chance.permutation(eval_[1]), scores) for _ in range(300)]
    return float((found - np.mean(coins)) / np.std(coins))


@pytest.mark.parametrize("told_after", [timedelta(0), SECOND])
def test_a_signal_of_the_future_alone_is_no_better_than_the_coin(
    connection: Connection, told_after: timedelta
) -> None:
    """Revealed in the same microsecond as the flip, or a second later: within 3 sigma."""
    plant(connection, told_after, seed=1)
    assert abs(_sigmas_above_the_coin(connection)) < 3


def test_the_same_signal_in_the_past_is_found(connection: Connection) -> None:
    """Shows that the test above can fail; with shuffled labels the model is random again."""
    plant(connection, -SECOND, seed=1)
    assert _sigmas_above_the_coin(connection) > 10
    assert abs(_sigmas_above_the_coin(connection, shuffled=True)) < 3
