"""Small versions with vectors whose answers can be worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from releases.migrate import migrate
from releases.registry import State, mark
from releases.switch import Switched, switch
from releases.vectors import Embeddings, stage_version
from schema.arrays import Float32
from schema.database import Connection
from schema.feature import Side

__all__ = ["release", "release_alike", "stage", "unit"]


def unit(axis: int) -> Float32:
    """[768] with a 1 at `axis`."""
    return np.eye(1, 768, axis, dtype=np.float32)[0]


def stage(
    connection: Connection,
    version: str,
    users: Sequence[str],
    videos: Sequence[str],
    *,
    state: State = State.CHECKED,
    turn: int = 0,
) -> None:
    """User and video i have `unit((i + turn) % 768)`; committed."""
    migrate(connection)
    batches = {side: [_along_axes(ids, turn)] for side, ids in _sides(users, videos)}
    stage_version(connection, version, batches)
    mark(connection, version, state)
    connection.commit()


def release(
    connection: Connection,
    version: str,
    users: Sequence[str],
    videos: Sequence[str],
    *,
    turn: int = 0,
    mirror: bool = True,
) -> Switched:
    """Stage and switch; committed."""
    stage(connection, version, users, videos, turn=turn)
    done = switch(connection, version, mirror=mirror)
    connection.commit()
    return done


def release_alike(connection: Connection, version: str) -> None:
    """Release every video of the database with one vector, and no user; committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT video_id::text FROM videos")
        ids = [video for (video,) in cursor]
    migrate(connection)
    videos = Embeddings(ids, np.ones((len(ids), 768), np.float32))
    stage_version(connection, version, {Side.USER: (), Side.VIDEO: [videos]})
    mark(connection, version, State.CHECKED)
    switch(connection, version, mirror=False)
    connection.commit()


def _sides(users: Sequence[str], videos: Sequence[str]) -> list[tuple[Side, Sequence[str]]]:
    return [(Side.USER, users), (Side.VIDEO, videos)]


def _along_axes(ids: Sequence[str], turn: int) -> Embeddings:
    rows = np.eye(768, dtype=np.float32)[(np.arange(len(ids)) + turn) % 768]
    return Embeddings(list(ids), rows)
