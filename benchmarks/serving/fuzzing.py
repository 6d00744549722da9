"""Many answers to random questions, each checked against the database: nothing that must not be.

Users have decided on 10 to 5,000 videos, excludes and filters are drawn; what an answer may hold is
computed here from the source tables alone.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np

from benchmarks.serving.group import Group
from schema.database import Connection

__all__ = ["Wrong", "fuzzed", "give_decisions"]

AT_ONCE, LIMIT_MOST = 128, 100


class Wrong(NamedTuple):
    """What was wrong in so many answers.

    Attributes:
        answers: number of them.
        seen: videos that the user had decided on, or that were excluded.
        unreleased: videos not yet released, or unknown.
        filtered: videos that do not meet the filters.
        twice: videos that stand twice in an answer.
        short: answers with fewer videos than asked, although more were left.
    """

    answers: int = 0
    seen: int = 0
    unreleased: int = 0
    filtered: int = 0
    twice: int = 0
    short: int = 0


class _World(NamedTuple):
    """Row by row of the videos: id to row, and columns; and each user's rows."""

    rows: dict[str, int]
    genre: np.ndarray[Any, Any]
    price: np.ndarray[Any, Any]
    released: np.ndarray[Any, Any]
    seen: dict[str, np.ndarray[Any, Any]]


def give_decisions(connection: Connection, users: list[str], counts: tuple[int, ...]) -> None:
    """Further nopes, in turns so many a user, on videos drawn evenly; committed."""
    with connection.cursor() as cursor:
        for number, user in enumerate(users):
            cursor.execute(
                "INSERT INTO user_video_decisions SELECT %s, video_id, 'nope', now() - interval"
                " '1 day' FROM videos ORDER BY md5(%s || video_id::text) LIMIT %s"
                " ON CONFLICT DO NOTHING",
                (user, user, counts[number % len(counts)]),
            )
    connection.commit()


def fuzzed(group: Group, connection: Connection, users: list[str], answers: int) -> Wrong:
    """Ask until there are so many answers."""
    world, random, found = _read(connection, users), np.random.default_rng(11), Wrong()
    while found.answers < answers:
        requests = [_request(world, users, random) for _ in range(AT_ONCE)]
        for request, answer in zip(requests, group.ask_many(requests), strict=True):
            wrong = _wrong(world, request, [item["video_id"] for item in answer["items"]])
            found = Wrong(*(a + b for a, b in zip(found, wrong, strict=True)))
    return found


def _read(connection: Connection, users: list[str]) -> _World:
    with connection.cursor() as cursor:
        cursor.execute("SELECT video_id::text, genre, price::float8, released_at FROM videos")
        videos = cursor.fetchall()
        ids, genre, price, released = (list(column) for column in zip(*videos, strict=True))
        rows = {video: row for row, video in enumerate(ids)}
        seen = {}
        for user in users:
            cursor.execute(
                "SELECT video_id::text FROM user_video_decisions WHERE user_id = %s", (user,)
            )
            seen[user] = np.array([rows[video] for (video,) in cursor], np.int64)
    now = datetime.now(UTC)
    is_out = np.array([at is None or at <= now for at in released])
    prices = np.array([np.nan if one is None else one for one in price])
    return _World(rows, np.array(genre, object), prices, is_out, seen)


def _request(world: _World, users: list[str], random: np.random.Generator) -> dict[str, Any]:
    ids = list(world.rows)
    found: dict[str, Any] = {
        "user_id": users[random.integers(len(users))],
        "limit": int(random.integers(1, LIMIT_MOST)),
        "exclude": [ids[row] for row in random.integers(len(ids), size=random.integers(0, 30))],
    }
    if random.random() < 1 / 3:
        found["genre"] = str(world.genre[random.integers(len(ids))])
    if random.random() < 1 / 3:
        found["price_max"] = float(np.nanquantile(world.price, random.random()))
    return found


def _wrong(world: _World, request: dict[str, Any], items: list[str]) -> Wrong:
    allowed = np.ones(len(world.rows), bool)
    if "genre" in request:
        allowed &= world.genre == request["genre"]
    if "price_max" in request:
        allowed &= world.price <= request["price_max"]
    gone = np.zeros(len(world.rows), bool)
    gone[world.seen[request["user_id"]]] = True
    gone[[world.rows[video] for video in request["exclude"]]] = True
    rows = [world.rows[video] for video in items if video in world.rows]
    left = int((allowed & ~gone & world.released).sum())
    return Wrong(
        1,
        int(gone[rows].sum()),
        int((~world.released[rows]).sum()) + len(items) - len(rows),
        int((~allowed[rows]).sum()),
        len(items) - len(set(items)),
        int(len(items) < min(request["limit"], left)),
    )
