"""Users, videos and made vectors; a version of them is staged by the product's own functions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

import numpy as np

from releases.registry import State, mark
from releases.vectors import Embeddings, stage_version
from schema.arrays import Float32
from schema.database import Connection
from schema.feature import Side
from schema.signatures import DIMENSION

__all__ = ["Size", "batches", "fill", "ids", "stage", "vectors"]

LATENT = 48
"""Directions that the vectors share: on evenly random ones an index finds little."""
NOISE = 0.3
AT_ONCE = 4096


class Size(NamedTuple):
    """Rows of a version."""

    users: int
    videos: int


def ids(count: int, first: int = 0) -> list[str]:
    """UUIDs as text, in order."""
    return [str(UUID(int=(number << 64) + 1)) for number in range(first, first + count)]


def vectors(count: int, seed: int, like: int = 0) -> Float32:
    """[count, 768] unit vectors near a subspace of LATENT directions, which `like` names."""
    shared = np.random.default_rng(like).normal(size=(LATENT, DIMENSION)).astype(np.float32)
    random = np.random.default_rng(seed)
    latent = random.normal(size=(count, LATENT)).astype(np.float32)
    rows = latent @ shared / np.sqrt(LATENT)
    rows += NOISE * random.normal(size=rows.shape).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def batches(count: int, seed: int) -> Iterator[Embeddings]:
    """A version's rows, never all in memory."""
    for first in range(0, count, AT_ONCE):
        size = min(AT_ONCE, count - first)
        yield Embeddings(ids(size, first), vectors(size, seed + first))


def fill(connection: Connection, size: Size) -> None:
    """The source tables' users and videos; committed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO users (user_id) SELECT unnest(%s::uuid[]);"
            " INSERT INTO videos (video_id, title) SELECT unnest(%s::uuid[]), 'video';"
            " ANALYZE users, videos",
            (ids(size.users), ids(size.videos)),
        )
    connection.commit()


def stage(connection: Connection, version: str, size: Size) -> None:
    """A checked version of the given size; committed."""
    seed = int(version) * 1_000_003
    sides = {Side.USER: batches(size.users, seed), Side.VIDEO: batches(size.videos, seed + 1)}
    stage_version(connection, version, sides)
    mark(connection, version, State.CHECKED)
    connection.commit()
