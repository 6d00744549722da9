"""The queries of the pipeline's PostgresExampleGens."""

from __future__ import annotations

from dataclasses import replace

from components.example_gen.example_query import ExampleQuery
from pipeline.settings import DATABASE_URL, Settings
from schema import queries
from schema.query import Query

__all__ = ["all_of", "catalogue", "decisions", "eval_pairs", "popularity", "ranking", "users"]

_VIDEO_TABLES = (
    "videos", "performers", "video_performers", "tags", "video_tags",
)  # fmt: skip
_USER_TABLES = ("users", "videos", "user_video_decisions")


def _reading(
    settings: Settings, query: Query, splits: tuple[str, ...], tables: tuple[str, ...]
) -> ExampleQuery:
    return ExampleQuery(
        database_url_env=DATABASE_URL,
        query=query,
        splits=splits,
        tables=tables,
        cut=str(settings.cut),
        sampling=settings.negative_sampling,
        ranges=settings.readers,
    )


def decisions(settings: Settings) -> ExampleQuery:
    """Moments with their pairs: train, or a span of it, and valid; eval where REFIT fits it."""
    splits = ("train", "valid", "eval") if settings.refit else ("train", "valid")
    reading = _reading(settings, queries.DECISIONS, splits, _USER_TABLES)
    return replace(reading, since=settings.since)


def catalogue(settings: Settings) -> ExampleQuery:
    """Every video, unsplit."""
    return _reading(settings, queries.CATALOGUE, ("all",), _VIDEO_TABLES)


def users(settings: Settings) -> ExampleQuery:
    """Every user, with features at the end of the eval window."""
    return _reading(settings, queries.USERS, ("all",), _USER_TABLES)


def eval_pairs(settings: Settings) -> ExampleQuery:
    """The eval window's pairs, each with the features of both sides and its slices."""
    return _reading(settings, queries.EVAL_PAIRS, ("eval",), (*_USER_TABLES, *_VIDEO_TABLES[1:]))


def ranking(settings: Settings) -> ExampleQuery:
    """Users at the begin of the valid and of the eval window, with their likes in the window."""
    return _reading(settings, queries.RANKING, ("valid", "eval"), _USER_TABLES)


def popularity(settings: Settings) -> ExampleQuery:
    """Likes and decisions of every video before the eval window; before its end for REFIT."""
    splits = ("eval", "release") if settings.refit else ("eval",)
    return _reading(settings, queries.POPULARITY, splits, _USER_TABLES[1:])


def all_of(settings: Settings) -> tuple[ExampleQuery, ...]:
    """All queries of a run."""
    kinds = (decisions, catalogue, users, eval_pairs, ranking, popularity)
    return tuple(kind(settings) for kind in kinds)
