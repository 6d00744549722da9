"""A world of random decisions, each revealed by another decision before or after it.

Every user decides at random on 40 videos, an hour apart. `told_after` such a flip the user likes a
video that reveals it: one for a like, another for a nope. Nothing else reveals it.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from psycopg2.extras import execute_values

from schema import queries
from schema.database import Connection
from schema.example_columns import SLICES
from schema.feature import Feature, Kind
from schema.features import USER, USER_ID, VIDEO, VIDEO_ID
from schema.windows import TimeWindows
from tests.schema.random_world import NOON, ask

__all__ = ["WINDOWS", "plant", "read"]

USERS, VIDEOS, FLIPS = 150, 120, 40
HOUR = timedelta(hours=1)
WINDOWS = TimeWindows(*(NOON + (flip - 0.5) * HOUR for flip in (24, 28, FLIPS)))
# Every nope is a pair and nothing is drawn, so that the labels are the flips, half of them likes.
# Negatives drawn for a revealing video could be recognised by the short time since the last flip.
LAW = {"seed": 3, "ratio": 1000, "alpha": 0, "tries": 0, "large_genres": 8}
TELLS = {True: str(UUID(int=1)), False: str(UUID(int=2))}
ONE_HOT = {Kind.CATEGORY, Kind.KEY}
Matrix = npt.NDArray[np.float64]


def plant(connection: Connection, told_after: timedelta, seed: int) -> None:
    """Writes the world; `told_after` may be negative: then the past tells."""
    random = Random(seed)  # noqa: S311
    users = [str(UUID(int=number << 120)) for number in range(USERS)]
    videos = [str(UUID(int=number << 112)) for number in range(1, VIDEOS + 1)]
    genres = [(video, "-", random.choice(["drama", "comedy"])) for video in videos]
    genres += [(TELLS[True], "-", "tells a like"), (TELLS[False], "-", "tells a nope")]
    rows = []
    for user in users:
        for flip, video in enumerate(random.sample(videos, FLIPS)):
            liked, at = random.random() < 0.5, NOON + flip * HOUR
            rows.append((user, video, "like" if liked else "nope", at))
            rows.append((user, TELLS[liked], "like", at + told_after))
    with connection.cursor() as cursor:
        execute_values(cursor, "INSERT INTO users VALUES %s", [(user,) for user in users])
        execute_values(cursor, "INSERT INTO videos (video_id, title, genre) VALUES %s", genres)
        execute_values(cursor, "INSERT INTO user_video_decisions VALUES %s", rows)
        cursor.execute("ANALYZE")


def read(connection: Connection, split: str) -> tuple[Matrix, npt.NDArray[np.float64]]:
    """[pairs, columns] of all that the query gives, and [pairs] labels.

    Pairs that ask about a telling video itself are left out.
    """
    rows = ask(connection, queries.fill(queries.EVAL_PAIRS, WINDOWS, split, LAW))
    rows = [row for row in rows if row[VIDEO_ID.name] not in TELLS.values()]
    table = tuple(row for row in (*USER, *VIDEO, *SLICES) if row is not USER_ID)
    columns = [column for feature in table for column in _columns(feature, rows)]
    return np.array(columns).T, np.array([row["label"] for row in rows])


def _columns(feature: Feature, rows: list[dict[str, Any]]) -> list[list[float]]:
    values = [row[feature.name] for row in rows]
    match feature.kind:
        case Kind.NUMBER | Kind.LOG_NUMBER | Kind.MASK:
            return [[-1.0 if value is None else float(value) for value in values]]
        case Kind.HISTORY:
            return _history(values, [row[VIDEO_ID.name] for row in rows])
        case Kind.SHARES:
            counts = [dict(zip(row[feature.name] or (), row[feature.columns[1].name] or (),
                               strict=True)) for row in rows]  # fmt: skip
            keys = sorted({key for count in counts for key in count})
            return [[count.get(key, 0.0) for count in counts] for key in keys]
        case kind if kind in ONE_HOT:
            return [[float(value == one) for value in values] for one in sorted(set(values))]
        case _:
            return [[float(len(value or ())) for value in values]]


def _history(histories: list[list[str] | None], asked: list[str]) -> list[list[float]]:
    """Its length, whether it holds the video asked about, and whether a telling one is newest."""
    lists = [history or [] for history in histories]
    newest = [[float(history[:1] == [tell]) for history in lists] for tell in TELLS.values()]
    holds = [float(video in history) for video, history in zip(asked, lists, strict=True)]
    return [[float(len(history)) for history in lists], holds, *newest]
