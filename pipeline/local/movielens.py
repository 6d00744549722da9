"""MovieLens-100K as the sample data of a run without DATABASE_URL.

The ratings and a Freebase graph of their films are taken from the wheel `recbole`, which is fetched
but not installed. GroupLens' licence allows research use and forbids redistribution, so the data
stays in the cache folder. Freebase's entities are machine ids ("m.0c3wmn") without names in these
files: the names of performers, makers and tags from the graph are machine ids. The name of a tag
from the film list is its word ("Comedy"). Description, price and duration are unknown.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

from pipeline.local.movielens_files import fetch, rows
from pipeline.local.movielens_tables import Row, fill
from schema.database import Connection
from schema.source_tables import count_rows

__all__ = ["Film", "decisions", "films", "load_movielens", "tables", "users"]

LIKED_FROM = 4.0  # stars
UNKNOWN_GENRE = "unknown"
ACTOR = "film.film.actor"
GENRE = "film.film.genre"
SUBJECT = "film.film.subjects"
COMPANY = "film.film.production_companies"


@dataclass(frozen=True)
class Film:
    """One film; `actors` and `tags` are names, sorted and distinct."""

    number: str
    title: str
    genre: str | None
    maker: str | None
    released_at: datetime | None
    actors: tuple[str, ...]
    tags: tuple[str, ...]


def load_movielens(connection: Connection, cache: Path) -> dict[str, int]:
    """Fill the tables of schema/tables.sql; create them if they are absent.

    Args:
        connection: To a database that we may fill; one transaction, committed here.
        cache: Folder of the extracted files, usually `var/movielens-100k`.

    Returns:
        Count of rows by table. Tables that have users already are counted as they are.

    Raises:
        SetupError: The package index cannot be reached, or served another file.
    """
    fill(connection, lambda: tables(fetch(cache)))
    return count_rows(connection)


def tables(folder: Path) -> dict[str, list[Row]]:
    """All rows by table, in an order that foreign keys accept."""
    known = films(rows(folder / "ml-100k.item"), rows(folder / "ml-100k.link"), _graph(folder))
    ratings = list(rows(folder / "ml-100k.inter"))
    actors = sorted({name for film in known for name in film.actors})
    tags = sorted({name for film in known for name in film.tags})
    return {
        "users": list(users(ratings)),
        "videos": [_video(film) for film in known],
        "performers": [(_id("performer", name), name) for name in actors],
        "video_performers": [
            _pair(film, "performer", name) for film in known for name in film.actors
        ],
        "tags": [(_id("tag", name), name) for name in tags],
        "video_tags": [_pair(film, "tag", name) for film in known for name in film.tags],
        "user_video_decisions": list(decisions(ratings)),
    }


def users(ratings: Iterable[dict[str, str]]) -> Iterator[Row]:
    """Rows (user_id, created_at); a user's first rating counts as the day of joining."""
    first: dict[str, float] = {}
    for rating in ratings:
        number, moment = rating["user_id"], float(rating["timestamp"])
        first[number] = min(moment, first.get(number, moment))
    for number, moment in first.items():
        yield _id("user", number), datetime.fromtimestamp(moment, UTC)


def decisions(ratings: Iterable[dict[str, str]]) -> Iterator[Row]:
    """Rows (user_id, video_id, decision, decided_at); four stars or more are a like."""
    for rating in ratings:
        yield (
            _id("user", rating["user_id"]),
            _id("video", rating["item_id"]),
            "like" if float(rating["rating"]) >= LIKED_FROM else "nope",
            datetime.fromtimestamp(float(rating["timestamp"]), UTC),
        )


def films(
    items: Iterable[dict[str, str]],
    links: Iterable[dict[str, str]],
    graph: Iterable[dict[str, str]],
) -> list[Film]:
    """The film list joined with each film's facts in the graph."""
    entity = {link["item_id"]: link["entity_id"] for link in links}
    facts: dict[tuple[str, str], set[str]] = defaultdict(set)
    for fact in graph:
        facts[fact["head_id"], fact["relation_id"]].add(fact["tail_id"])
    made = Counter(c for film in entity.values() for c in facts.get((film, COMPANY), ()))
    return [_film(item, entity.get(item["item_id"], ""), facts, made) for item in items]


def _film(
    item: dict[str, str], entity: str, facts: dict[tuple[str, str], set[str]], made: Counter[str]
) -> Film:
    genres = [word for word in item["class"].split() if word != UNKNOWN_GENRE]
    tags = {*genres, *facts.get((entity, GENRE), ()), *facts.get((entity, SUBJECT), ())}
    # Of several companies the one with the most films, since a category needs many members.
    makers = sorted(facts.get((entity, COMPANY), ()), key=lambda name: (-made[name], name))
    return Film(
        number=item["item_id"],
        title=item["movie_title"],
        genre=genres[0] if genres else None,
        maker=makers[0] if makers else None,
        released_at=_january(item["release_year"]),
        actors=tuple(sorted(facts.get((entity, ACTOR), ()))),
        tags=tuple(sorted(tags)),
    )


def _january(year: str) -> datetime | None:
    """1 January of the year; None for the two films whose year is "V" or misspelled."""
    return datetime(int(year), 1, 1, tzinfo=UTC) if year.isdigit() else None


def _video(film: Film) -> Row:
    return (
        _id("video", film.number), film.title, None, film.genre, film.maker, None, None,
        film.released_at,
    )  # fmt: skip


def _pair(film: Film, kind: str, name: str) -> Row:
    return _id("video", film.number), _id(kind, name)


def _graph(folder: Path) -> Iterator[dict[str, str]]:
    wanted = {ACTOR, GENRE, SUBJECT, COMPANY}
    return (fact for fact in rows(folder / "ml-100k.kg") if fact["relation_id"] in wanted)


def _id(kind: str, name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"movielens-100k/{kind}/{name}")
