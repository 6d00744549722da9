"""The users whose likes in the eval window are to be found, and what popularity knew before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from components.transform.raw import parse_raw
from schema.arrays import Float64, Int64
from schema.features import (
    DECIDED,
    LIKES,
    RANKED_ID,
    RELEVANT,
    SEEN,
    USER_ID,
    VIDEO_ID,
    Column,
    columns,
)

__all__ = ["Window", "read_window"]

EXAMPLES_PER_BATCH = 1024


@dataclass(frozen=True)
class Window:
    """One eval window.

    Attributes:
        users: [users] ids as text.
        videos: [videos] ids as text; everything else names videos by their row here.
        likes: [videos] likes before the window.
        cold: [videos] whether nobody had decided on the video before the window.
        seen: per user, videos decided on before the window.
        relevant: per user, other videos liked in it; at least one.
    """

    users: list[str]
    videos: list[str]
    likes: Float64
    cold: npt.NDArray[np.bool_]
    seen: Sequence[Int64]
    relevant: Sequence[Int64]

    @property
    def liked(self) -> Int64:
        """[users]: how many videos there are to find."""
        return np.array([len(rows) for rows in self.relevant], np.int64)


def read_window(
    users: Sequence[str], popularity: Sequence[str], catalogue: Sequence[str]
) -> Window:
    """Takes the shards of the readings `ranking`, `popularity` and `catalogue`.

    Where they could not share a snapshot, a video may be in one and gone from the next: those in
    both count, and users with a like among them.
    """
    there = set(_texts(_read(catalogue, columns((VIDEO_ID,)))[VIDEO_ID.name]))
    counted = _read(popularity, columns((RANKED_ID, LIKES, DECIDED)))
    asked = _read(users, columns((USER_ID, SEEN, RELEVANT)))
    kept = [row for row, video in enumerate(_texts(counted[RANKED_ID.name])) if video in there]
    videos = [counted[RANKED_ID.name][row].decode() for row in kept]
    row_of = {video: row for row, video in enumerate(videos)}
    seen, relevant = ([_rows(own, row_of) for own in asked[f.name]] for f in (SEEN, RELEVANT))
    judged = [user for user, rows in enumerate(relevant) if len(rows)]
    names = _texts(asked[USER_ID.name])
    return Window(
        users=[names[user] for user in judged],
        videos=videos,
        likes=np.array(counted[LIKES.name], np.float64)[kept],
        cold=np.array(counted[DECIDED.name])[kept] == 0,
        seen=[seen[user] for user in judged],
        relevant=[relevant[user] for user in judged],
    )


def _texts(ids: list[Any]) -> list[str]:
    return [text.decode() for text in ids]


def _rows(ids: npt.NDArray[np.object_], row_of: dict[str, int]) -> Int64:
    found = (row_of.get(text.decode()) for text in ids if text)
    return np.array([row for row in found if row is not None], np.int64)


def _read(files: Sequence[str], wanted: Sequence[Column]) -> dict[str, list[Any]]:
    """Per column, one entry a row."""
    found: dict[str, list[Any]] = {column.name: [] for column in wanted}
    for serialized in tf.data.TFRecordDataset(sorted(files), "GZIP").batch(EXAMPLES_PER_BATCH):
        raw = parse_raw(serialized, wanted)
        for name, rows in found.items():
            rows.extend(raw[name].numpy())
    return found
