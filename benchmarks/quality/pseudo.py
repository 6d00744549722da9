"""Pseudo users: ratings from a written law, so that the best possible figure is known.

The law, all chance from one seed. Each of 32,304 videos has one of 24 genres and of 100 makers
(makers by Zipf's law), a title of three Japanese words of 120 without blanks between them, and a
log-normal price. Each of 50 users has a normal liking for every genre (spread 1), maker (.6) and
word (.6), and for a high or low price (.5). Taste is the sum, moved so that two fifths of the
catalogue is liked. A user rates 1,000 videos, drawn by how far taste lies from indifference; the
rating is 4 + taste + noise (.3), a like is 4 or more. Ratings are spread evenly over 1,000 days in
random order; train comes before valid before eval.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

import numpy as np
import numpy.typing as npt

from schema.arrays import Float64, Int64
from schema.database import Connection

__all__ = ["CUTS", "PseudoWorld", "load_world", "make_world"]

BEGIN, DAYS = datetime(2020, 1, 1, tzinfo=UTC), 1000
CUTS = {
    name: (BEGIN + timedelta(days=DAYS * share)).isoformat()
    for name, share in (("train_end", 0.72), ("valid_end", 0.8), ("eval_end", 1))
}
"""The pipeline's windows, as fields of Settings."""
KANJI = "夜朝海山空花雪月星風雨森川町駅店家族友恋夢旅道光影音色時春夏秋冬東西南北京大小新古白黒赤青"
KATAKANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモラリルレロ"


@dataclass(frozen=True)
class PseudoWorld:
    """The drawn world.

    Attributes:
        videos: ids; row i of everything else about videos is this video.
        titles: three words each, unspaced.
        words: [videos, 3] rows of the word list.
        genres: [videos] numbers.
        makers: [videos] numbers.
        prices: [videos] yen.
        users: ids.
        taste: [users, videos]: above 0 is a like but for the noise; nobody can rank better.
        rated: [users, ratings] rows of videos, in the order of time.
        liked: [users, ratings].
        places: [ratings] each rating's place in time, 0 to 1.
    """

    videos: list[str]
    titles: list[str]
    words: Int64
    genres: Int64
    makers: Int64
    prices: Float64
    users: list[str]
    taste: Float64
    rated: Int64
    liked: npt.NDArray[np.bool_]
    places: Float64


def make_world(
    seed: int = 7, *, users: int = 50, videos: int = 32_304, ratings: int = 1000
) -> PseudoWorld:
    """Draws a world; the same seed and sizes give the same one."""
    rng = np.random.default_rng(seed)
    genres, words = rng.integers(0, 24, videos), rng.integers(0, 120, (videos, 3))
    makers = np.minimum(rng.zipf(1.5, videos) - 1, 99)
    prices: Float64 = np.round(np.exp(rng.normal(7, 0.5, videos))).astype(np.float64)
    taste = rng.normal(0, 1, (users, 24))[:, genres] + rng.normal(0, 0.6, (users, 100))[:, makers]
    of_word = rng.normal(0, 0.6, (users, 120))
    taste += sum(of_word[:, words[:, place]] for place in range(3))
    taste += rng.normal(0, 0.5, (users, 1)) * (np.log(prices) - 7) / 0.5
    taste -= np.quantile(taste, 0.6, axis=1, keepdims=True)
    rated = np.stack([_draw(rng, np.abs(own), ratings) for own in taste])
    noise = rng.normal(0, 0.3, rated.shape)
    names = _words(rng)
    return PseudoWorld(
        videos=[str(uuid5(NAMESPACE_URL, f"pseudo/video/{i}")) for i in range(videos)],
        titles=["".join(names[word] for word in own) for own in words],
        words=words,
        genres=genres,
        makers=makers,
        prices=prices,
        users=[str(uuid5(NAMESPACE_URL, f"pseudo/user/{i}")) for i in range(users)],
        taste=taste,
        rated=rated,
        liked=np.take_along_axis(taste, rated, axis=1) + noise >= 0,
        places=np.arange(ratings) / ratings,
    )


def _draw(rng: np.random.Generator, weights: Float64, count: int) -> Int64:
    return rng.choice(len(weights), count, replace=False, p=weights / weights.sum())


def _words(rng: np.random.Generator) -> list[str]:
    """120 words of two to four characters of one script, each once."""
    found: dict[str, None] = {}
    while len(found) < 120:  # noqa: PLR2004
        script = KANJI if rng.random() < 0.5 else KATAKANA  # noqa: PLR2004
        found["".join(rng.choice(list(script), rng.integers(2, 5)))] = None
    return list(found)


def load_world(connection: Connection, world: PseudoWorld) -> None:
    """Fills the empty tables of schema/tables.sql; one transaction, committed here."""
    days = [BEGIN + timedelta(days=DAYS * place) for place in world.places]
    with connection, connection.cursor() as cursor:
        _copy(cursor, "users (user_id)", ([user] for user in world.users))
        _copy(
            cursor,
            "videos (video_id, title, genre, maker, price, released_at)",
            (
                [video, world.titles[i], f"g{world.genres[i]}", f"m{world.makers[i]}",
                 world.prices[i], BEGIN - timedelta(days=30)]
                for i, video in enumerate(world.videos)
            ),
        )  # fmt: skip
        _copy(
            cursor,
            "user_video_decisions (user_id, video_id, decision, decided_at)",
            (
                [world.users[u], world.videos[v], "like" if liked else "nope", at]
                for u in range(len(world.users))
                for v, liked, at in zip(world.rated[u], world.liked[u], days, strict=True)
            ),
        )
        cursor.execute("ANALYZE")


def _copy(cursor: object, target: str, rows: Iterable[list[object]]) -> None:
    text = "".join("\t".join(map(str, row)) + "\n" for row in rows)
    cursor.copy_expert(f"COPY {target} FROM STDIN", io.StringIO(text))  # type: ignore[attr-defined]
