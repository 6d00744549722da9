"""Which table, and which column, of a database is meant by a name of schema/tables.sql.

By similarity of names (difflib), usual other names included, among those whose type can be
converted. It is a proposal, for a person to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TypeVar

from commands.views.conversions import conversion
from commands.views.relations import Relation

__all__ = ["Match", "is_identity", "match"]

LEAST_COLUMN, LEAST_TABLE = 0.75, 0.6
"""Similarity from 0 to 1, from which a column or a table is proposed."""
_USUAL = {
    "users": "members customers profiles accounts people viewers",
    "videos": "movies films titles items contents clips works products",
    "performers": "actors actresses artists casts people",
    "video_performers": "video_actors movie_actors movie_casts video_casts castings appearances",
    "tags": "labels keywords categories",
    "video_tags": "video_labels movie_tags item_tags taggings video_categories",
    "user_video_decisions": "decisions ratings reactions swipes likes votes feedback user_likes",
    "user_id": "member_id customer_id profile_id account_id",
    "video_id": "movie_id film_id item_id content_id work_id product_id",
    "performer_id": "actor_id artist_id person_id cast_id",
    "tag_id": "label_id keyword_id category_id",
    "created_at": "registered_at joined_at signup_at inserted_at created",
    "released_at": "release_date published_at published_on released_on",
    "decided_at": "created_at rated_at reacted_at liked_at occurred_at timestamp",
    "decision": "reaction rating action liked is_like vote kind",
    "duration_seconds": "duration length_seconds runtime running_time length",
    "title": "name",
    "name": "title label",
    "maker": "studio label brand producer manufacturer publisher",
    "description": "summary synopsis overview body",
    "genre": "category",
    "price": "amount cost",
}
"""Other names for a table or a column."""

A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True)
class Match:
    """A relation for an expected table, and its column for each expected one that has a match."""

    relation: Relation
    columns: dict[str, str]


def match(expected: Mapping[str, Mapping[str, str]], found: Iterable[Relation]) -> dict[str, Match]:
    """The best match of each expected table that has one; no relation is used twice.

    Args:
        expected: by table, column to type.
        found: the database's relations.
    """
    proposals = {
        (table, number): (_table_score(table, columns, relation), relation)
        for number, relation in enumerate(found)
        for table, columns in expected.items()
    }
    scores = {pair: score for pair, (score, _) in proposals.items()}
    return {
        table: Match(relation, _columns(table, expected[table], relation))
        for table, number in _best_pairs(scores, LEAST_TABLE).items()
        for _, relation in (proposals[table, number],)
    }


def is_identity(expected: Mapping[str, Mapping[str, str]], matches: Mapping[str, Match]) -> bool:
    """Whether the database has every table under its own name, each column too, of its type."""
    return all(
        table in matches
        and matches[table].relation.name == table
        and all(
            conversion(column, kind, matches[table].relation.columns.get(column, "")) == "{}"
            for column, kind in columns.items()
        )
        for table, columns in expected.items()
    )


def _table_score(table: str, columns: Mapping[str, str], relation: Relation) -> float:
    """Half by the name, half by the share of columns that have a match."""
    share = len(_columns(table, columns, relation)) / len(columns)
    return (_similarity(table, relation.name) + share) / 2


def _columns(table: str, expected: Mapping[str, str], relation: Relation) -> dict[str, str]:
    """The relation's column by the expected one."""
    own_key = f"{_singular(table)}_id"
    scores = {
        (column, name): 1.0 if (column, name) == (own_key, "id") else _similarity(column, name)
        for column, kind in expected.items()
        for name, found in relation.columns.items()
        if conversion(column, kind, found)
    }
    return _best_pairs(scores, LEAST_COLUMN)


def _best_pairs(scores: Mapping[tuple[A, B], float], least: float) -> dict[A, B]:
    """Pairs by falling score, each side used once."""
    pairs: dict[A, B] = {}
    for (one, other), score in sorted(scores.items(), key=lambda item: -item[1]):
        if score >= least and one not in pairs and other not in pairs.values():
            pairs[one] = other
    return pairs


def _similarity(expected: str, found: str) -> float:
    """1 for the same name, up to 0.95 for another usual one."""
    own = _ratio(expected, found)
    usual = (_ratio(name, found) for name in _USUAL.get(expected, "").split())
    return max(own, 0.95 * max(usual, default=0.0))


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, _singular(one), _singular(other.lower())).ratio()


def _singular(name: str) -> str:
    return f"{name[:-3]}y" if name.endswith("ies") else name.removesuffix("s")
