"""Titles of one work come out near and others far; SQL and Python feed the same terms."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from benchmarks.text import SPLITTERS, measure, titles
from schema.database import Connection, connect
from schema.feature import Kind
from schema.features import VIDEO

pytestmark = pytest.mark.tfx

(TEXT,) = (row for row in VIDEO if row.kind is Kind.TEXT)
# SQL lower-cases letter by letter: not so Python, for a final sigma and the dotted capital I.
# NUL is no text for PostgreSQL; what this Python's Unicode does not know yet has no NFKC here.
ANY = st.text(
    st.characters(exclude_categories=("Cs", "Cn"), exclude_characters="\0\u03a3\u0130"),
    max_size=30,
)
LIKELY = st.text(sorted({letter for _, title in titles() for letter in title}), max_size=20)


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with closing(connect(database)) as opened:
        yield opened


def _terms(texts: list[str]) -> list[list[str]]:
    import tensorflow as tf

    from components.transform.tokens import tokens

    return [sorted(term.decode() for term in row) for row in tokens(tf.constant(texts)).to_list()]


@pytest.mark.postgres
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts=st.lists(st.one_of(ANY, LIKELY), min_size=1, max_size=10))
@example(texts=[title for _, title in titles()])
def test_sql_and_python_feed_the_same_terms(connection: Connection, texts: list[str]) -> None:
    """A title through the table's own expression, and through unicodedata."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {TEXT.sql} FROM (SELECT title, NULL::text AS description,"
            " '{}'::text[] AS performers, '{}'::text[] AS tags"
            " FROM unnest(%s) WITH ORDINALITY AS given (title, place) ORDER BY place) AS video",
            (texts,),
        )
        by_sql = [str(text) for (text,) in cursor]
    by_python = [unicodedata.normalize("NFKC", text).lower() for text in texts]
    assert [text.rstrip(" ") for text in by_sql] == [text.rstrip(" ") for text in by_python]
    assert _terms(by_sql) == _terms(by_python)


def test_the_titles_are_sixty_works_under_four_names_each() -> None:
    found = titles()
    assert len(set(found)) == 240
    assert sorted(group for group, _ in found) == sorted([*range(1, 61)] * 4)


def test_bigrams_bring_a_work_s_titles_together_and_blanks_do_not() -> None:
    """The essential order of docs/text.md, with room for another TF-IDF."""
    own, blanks = measure(SPLITTERS["words and bigrams"]), measure(SPLITTERS["split at blanks"])
    assert (own.auc > 0.99, blanks.auc < 0.8) == (True, True)
    assert (own.recall > 0.9, blanks.recall < 0.5) == (True, True)
    assert (own.near > 0.5, own.far < 0.05) == (True, True)


def test_without_nfkc_titles_of_another_width_are_lost() -> None:
    with_it = measure(SPLITTERS["words and bigrams"])
    without = measure(SPLITTERS["the same without NFKC"])
    assert with_it.recall > without.recall + 0.05
