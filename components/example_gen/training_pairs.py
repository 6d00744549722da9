"""Training pairs one by one, by the pipeline's own SQL, for inspection."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from components.example_gen.example_query import NegativeSampling
from schema.database import Connection
from schema.queries import FIRST_ID, LAST_ID, PAIRS, fill
from schema.table_keys import tables_without_key
from schema.windows import WindowRule, resolve_windows

__all__ = ["TrainingPair", "create_training_pairs", "negative_sampling"]


class TrainingPair(NamedTuple):
    """A pair of a user at a moment and a video.

    Attributes:
        user_id: UUID as text.
        video_id: UUID as text.
        at: the moment, in UTC; the user's features come from decisions strictly before it.
        label: 1 for a like, 0 for a negative.
        probability: the video's sampling probability as a negative, in (0, 1].
    """

    user_id: str
    video_id: str
    at: datetime
    label: float
    probability: float


def create_training_pairs(
    connection: Connection,
    split: str = "train",
    rule: WindowRule = WindowRule(),  # noqa: B008  # frozen
    sampling: NegativeSampling = NegativeSampling(),  # noqa: B008  # frozen
) -> list[TrainingPair]:
    """Every pair of a time window; deterministic.

    Args:
        connection: to a database with the tables of schema/tables.sql.
        split: `train`, `valid` or `eval`.
        rule: the rule that cuts time into windows.
        sampling: sampling of the negatives.

    Returns:
        The pairs, ordered by user, moment and label, likes first.

    Raises:
        DataError: if the windows are empty or out of order.
    """
    return _pairs(connection, split, rule, sampling, (FIRST_ID, LAST_ID))


def negative_sampling(
    connection: Connection,
    user_id: str,
    ratio: int = 2,
    split: str = "train",
    rule: WindowRule = WindowRule(),  # noqa: B008  # frozen
    sampling: NegativeSampling = NegativeSampling(),  # noqa: B008  # frozen
) -> list[TrainingPair]:
    """One user's negatives of a time window, `ratio` to each like if enough are available.

    Explicit nopes come first, then videos that were released at the moment of a like and that this
    user did not decide on before the window's end, drawn by popularity^alpha.

    Raises:
        DataError: for a ratio below 1, or if the windows are empty or out of order.
        ValueError: for an id that is not a UUID.
    """
    user = str(UUID(user_id))
    pairs = _pairs(connection, split, rule, replace(sampling, ratio=ratio), (user, user))
    return [pair for pair in pairs if pair.label == 0]


def _pairs(
    connection: Connection,
    split: str,
    rule: WindowRule,
    sampling: NegativeSampling,
    ids: tuple[str, str],
) -> list[TrainingPair]:
    without_key = tables_without_key(connection)
    windows = resolve_windows(connection, rule, without_key)
    query = fill(PAIRS, windows, split, asdict(sampling), without_key)
    with connection.cursor() as cursor:
        cursor.execute(query, dict(zip(("first_id", "last_id"), ids, strict=True)))
        return [TrainingPair(*row) for row in cursor]
