"""Small random databases with what is awkward: ties, second thoughts, NULLs, users without past."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from psycopg2.extras import RealDictCursor, execute_values

from schema import queries
from schema.database import Connection

__all__ = [
    "ALL_IDS", "HEAVY", "LIGHT", "LIKER", "NOON", "NOPER", "SILENT", "TICK", "USERS",
    "Decision", "Video", "ask", "random_decisions", "random_videos", "write",
]  # fmt: skip

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
ALL_IDS = {"first_id": queries.FIRST_ID, "last_id": queries.LAST_ID}
USERS = [str(UUID(int=number << 124)) for number in (1, 5, 9, 13, 15)]
HEAVY, LIGHT, NOPER, LIKER, SILENT = USERS


class Video(NamedTuple):
    """A row of `videos`."""

    video_id: str
    genre: str | None = None
    price: float | None = None
    released_at: datetime | None = None


class Decision(NamedTuple):
    """A row of `user_video_decisions`."""

    user: str
    video: Video
    liked: bool
    at: datetime


def random_videos(random: Random, count: int) -> list[Video]:
    """Some without genre, price or date, some released late."""
    dates = (None, NOON - timedelta(days=1), NOON + timedelta(hours=1000))
    genres, prices = ("drama", "喜劇", None), (0.0, 99.5, 1200.0, None)
    return [
        Video(
            str(UUID(int=random.getrandbits(128))),
            random.choice(genres),
            random.choice(prices),
            random.choice(dates),
        )
        for _ in range(count)
    ]


def random_decisions(seed: int) -> list[Decision]:
    """Within 2000 hours of NOON; many at one microsecond, many on a video decided before."""
    random = Random(seed)  # noqa: S311
    videos = random_videos(random, 40)
    moments = [NOON + timedelta(hours=random.randrange(2000)) for _ in range(30)]
    moments += [moment + TICK for moment in moments[:15]]
    found = {}
    for user, count, chance in ((HEAVY, 150, 0.6), (LIGHT, 9, 0.5), (NOPER, 5, 0), (LIKER, 4, 1)):
        for _ in range(count):
            video, at = random.choice(videos), random.choice(moments)
            found[user, video.video_id, at] = Decision(user, video, random.random() < chance, at)
    return list(found.values())


def write(connection: Connection, decisions: list[Decision], videos: list[Video] = []) -> None:  # noqa: B006
    """Adds all users, the decisions, and their videos beside `videos`; does not commit."""
    rows = [(d.user, d.video.video_id, "like" if d.liked else "nope", d.at) for d in decisions]
    wanted = sorted({*videos, *(d.video for d in decisions)}, key=lambda video: video.video_id)
    into_videos = "INSERT INTO videos (video_id, title, genre, price, released_at) VALUES %s"
    with connection.cursor() as cursor:
        for statement, values in (
            ("INSERT INTO users (user_id) VALUES %s", [(user,) for user in USERS]),
            (into_videos, [(video.video_id, "-", *video[1:]) for video in wanted]),
            ("INSERT INTO user_video_decisions VALUES %s", rows),
        ):
            execute_values(cursor, statement, values)
        cursor.execute("ANALYZE")  # without statistics the planner compares all with all


def ask(connection: Connection, query: str, **parameters: Any) -> list[dict[str, Any]]:
    """The rows of a query over all ids, or over those of the parameters."""
    with connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute(query, ALL_IDS | parameters)
        return [dict(row) for row in cursor]
