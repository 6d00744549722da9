"""One toy world with a known right answer, for every layer from SQL to the recommender.

The law:
- 40 users and 60 videos, numbered from 0. A number's parity is its taste: "even" or "odd".
- Who likes: a user likes every video of the own taste but one, the withheld video, which this
  user never decides on, and which all others of that taste like. No two users share one.
  A user nopes 11 videos of the other taste and leaves the other 19 of it undecided.
- So the right first recommendation, once what was seen is dropped, is the withheld video.
- When: 40 rounds, a day apart; in each round every user decides once, a minute after the user
  before. Each block of 4 rounds holds 3 likes and 1 nope of every user, the first block 2 and 2.
  Time cut 80/10/10 gives rounds 0 to 31, 32 to 35 and 36 to 39 (the last decision of round 31
  and of round 35 is a window's first), so that every user likes and nopes in every window.
- What tells the taste: the genre is its name; makers, performers and one tag are its own; titles
  are Japanese or Latin in both. What does not: price, duration and the tags "new" and "classic".
  Every tenth video has neither price nor duration, every sixth no description.
- All videos are older than the first decision, and every seventh has no date.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from psycopg2 import sql
from psycopg2.extras import execute_values

from schema.database import Connection

__all__ = ["START", "ToyWorld", "fill"]

START = datetime(2025, 1, 1, tzinfo=UTC)
USERS, VIDEOS, ROUNDS, BLOCK = 40, 60, 40, 4
TASTES = ("even", "odd")
TITLES = (
    ("夜の物語 第{}話", "Slow River, Part {}", "桜と{}匹の猫", "The {} Lanterns"),
    ("サーキットの王者{}", "Engine No. {}", "走れ!メロス{}", "Midnight Rally {}"),
)
MAKERS = (("Ume Films", "松竹堂", "Kawa"), ("Turbo Works", "東洋モーター", "Apex"))
PERFORMERS = (("佐藤花子", "Anna Holm", "鈴木一郎"), ("Max Steel", "高橋健", "Lea Roux"))

Row = tuple[Any, ...]


@dataclass(frozen=True)
class ToyWorld:
    """Facts of the filled database; every id is a UUID as text.

    Attributes:
        users: in order of their numbers.
        videos: in order of their numbers.
        taste: "even" or "odd", by the id of a user or a video.
        withheld: the one video of the user's taste that the user never decided on, by user.
    """

    users: tuple[str, ...]
    videos: tuple[str, ...]
    taste: dict[str, str]
    withheld: dict[str, str]


def fill(connection: Connection) -> ToyWorld:
    """Writes the world into empty tables of schema/tables.sql, and commits."""
    users = tuple(_id("user", number) for number in range(USERS))
    videos = tuple(_id("video", number) for number in range(VIDEOS))
    taste = {key: TASTES[i % 2] for ids in (users, videos) for i, key in enumerate(ids)}
    with connection, connection.cursor() as cursor:
        _insert(cursor, "users", [(user, START) for user in users])
        _insert(cursor, "videos", [_video(number) for number in range(VIDEOS)])
        _names(cursor, "performer", [PERFORMERS[v % 2][: 1 + v // 2 % 3] for v in range(VIDEOS)])
        kinds = ("new", "classic")
        _names(cursor, "tag", [(TASTES[v % 2], kinds[v // 2 % 2]) for v in range(VIDEOS)])
        for number in range(USERS):
            _insert(cursor, "user_video_decisions", _decisions(number))
        cursor.execute("ANALYZE")  # autovacuum comes too late for a test
    # User n withholds video n: the same parity, and 40 users have 60 videos to choose from.
    return ToyWorld(users, videos, taste, dict(zip(users, videos[:USERS], strict=True)))


def _id(kind: str, name: int | str) -> str:
    return str(uuid5(NAMESPACE_URL, f"two-tower-toy/{kind}/{name}"))


def _insert(cursor: Any, table: str, rows: list[Row]) -> None:
    statement = sql.SQL("INSERT INTO {} VALUES %s").format(sql.Identifier(table))
    execute_values(cursor, statement, rows)


def _video(number: int) -> Row:
    taste, turn = number % 2, number // 2
    priced = number % 10 != 9
    return (
        _id("video", number),
        TITLES[taste][turn % 4].format(turn),
        None if number % 6 == 5 else f"{TASTES[taste]} 作品 {turn}",
        TASTES[taste],
        MAKERS[taste][turn % 3],
        500 + 100 * (turn % 7) if priced else None,
        600 * (1 + turn % 9) if priced else None,
        None if number % 7 == 6 else START - timedelta(days=1 + number),
    )


def _names(cursor: Any, kind: str, of_videos: list[tuple[str, ...]]) -> None:
    """Fills `<kind>s` and `video_<kind>s`; row i of `of_videos` names those of video i."""
    names = sorted({name for names in of_videos for name in names})
    _insert(cursor, f"{kind}s", [(_id(kind, name), name) for name in names])
    links = [(_id("video", v), _id(kind, name)) for v, own in enumerate(of_videos) for name in own]
    _insert(cursor, f"video_{kind}s", links)


def _decisions(user: int) -> list[Row]:
    """One a round; the order within a block, and of the videos, is the user's own."""
    random = Random(user)  # noqa: S311
    likes = [video for video in range(VIDEOS) if video % 2 == user % 2 and video != user]
    others = [video for video in range(VIDEOS) if video % 2 != user % 2]
    random.shuffle(likes)
    nopes = random.sample(others, ROUNDS - len(likes))
    rows = []
    for first in range(0, ROUNDS, BLOCK):
        block = ["like", "nope", "like", "like" if first else "nope"]
        random.shuffle(block)
        for turn, decision in enumerate(block):
            video = (likes if decision == "like" else nopes).pop()
            at = START + timedelta(days=first + turn, minutes=user)
            rows.append((_id("user", user), _id("video", video), decision, at))
    return rows
