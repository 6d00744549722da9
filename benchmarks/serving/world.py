"""A catalogue and users of the size that the limits are stated for, around the last run's videos.

The last run's videos keep their ids, so the model knows them; the others have titles of two of
them. Popularity is skewed: a third of the decisions are on videos that the model knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
from psycopg2.extras import execute_values

from releases.registry import State, mark
from releases.switch import switch
from releases.vectors import stage_version
from schema.database import Connection
from schema.feature import Side

__all__ = ["DECISIONS", "USERS", "VIDEOS", "fill", "make_live", "user_ids"]

VIDEOS, USERS, DECISIONS = 32_304, 10_000, 100
UNRELEASED = 0.01
"""Share of the made videos that are released a year from now."""
SKEW = 3
"""A decision is on row VIDEOS * u ** SKEW, u even in 0 to 1."""
_INSERT = """
INSERT INTO videos (video_id, title, genre, maker, price, released_at) VALUES %s
"""


def user_ids(count: int = USERS) -> list[str]:
    """UUIDs as text, in order."""
    return [str(UUID(int=(number << 64) + 7)) for number in range(1, count + 1)]


def fill(connection: Connection, source: Connection, seed: int = 7) -> None:
    """Videos, users and decisions; committed.

    Args:
        connection: to a database with empty source tables.
        source: to the last run's database.
        seed: of what is made.
    """
    random = np.random.default_rng(seed)
    with source.cursor() as cursor:
        cursor.execute(
            "SELECT video_id::text, title, genre, maker, price, released_at FROM videos"
            " ORDER BY video_id"
        )
        known = cursor.fetchall()
    videos = [*known, *_made(known, VIDEOS - len(known), random)]
    decisions = _decisions([row[0] for row in videos], random)
    with connection.cursor() as cursor:
        execute_values(cursor, _INSERT, videos)
        execute_values(cursor, "INSERT INTO users (user_id) VALUES %s", [(u,) for u in user_ids()])
        execute_values(
            cursor, "INSERT INTO user_video_decisions VALUES %s", decisions, page_size=10_000
        )
    connection.commit()
    connection.autocommit = True
    connection.cursor().execute("VACUUM ANALYZE")
    connection.autocommit = False


def make_live(connection: Connection, version: str) -> None:
    """Make a version without vectors live, for `embed_new` to fill; committed."""
    stage_version(connection, version, {Side.USER: [], Side.VIDEO: []})
    mark(connection, version, State.CHECKED)
    switch(connection, version, mirror=False)
    connection.commit()


def _made(
    known: list[tuple[object, ...]], count: int, random: np.random.Generator
) -> Iterator[tuple[object, ...]]:
    """Rows of videos that mix what two of the known ones have."""
    later = datetime.now(UTC) + timedelta(days=365)
    for number in range(count):
        one, other = (known[place] for place in random.integers(len(known), size=2))
        released = later if random.random() < UNRELEASED else one[5]
        title = f"{one[1]} / {other[1]}"
        yield str(UUID(int=(number << 64) + 5)), title, one[2], other[3], other[4], released


def _decisions(videos: list[str], random: np.random.Generator) -> Iterator[tuple[object, ...]]:
    now = datetime.now(UTC)
    for user in user_ids():
        drawn = (len(videos) * random.random(2 * DECISIONS) ** SKEW).astype(int)
        for row in list(dict.fromkeys(drawn.tolist()))[:DECISIONS]:
            decision = "like" if random.random() < 0.55 else "nope"  # noqa: PLR2004
            yield user, videos[row], decision, now - timedelta(days=90 * random.random())
