"""The one table of features: SQL, TFMD schema, Transform, towers, signatures are views of it.

A row has a feature's source (an SQL expression over the relation of its side's query), its encoding
(the kind) and its bounds. No other file contains the name of a feature: other code selects by side
and kind, or takes a row.
"""

from __future__ import annotations

from schema.feature import Column, Feature, Kind, Outside, Side, columns

__all__ = [
    "FEATURES",
    "HISTORY_LENGTH",
    "LONGEST_DESCRIPTION",
    "LONGEST_TITLE",
    "PRICE",
    "USER",
    "USER_ID",
    "VIDEO",
    "VIDEO_ID",
    "age_sql",
    "features",
    "model_inputs",
]

LONGEST_TITLE, LONGEST_DESCRIPTION = 500, 5_000
"""Characters of each that the text feature uses. The rest of a long text adds little, and one
description of 150 kB would weigh as much as many others."""
HISTORY_LENGTH = 100
"""Videos in each history, newest first."""


def _user(name: str, kind: Kind, sql: str, about: str, **rest: float | str | bool) -> Feature:
    return Feature(name, Side.USER, kind, sql, about, **rest)  # type: ignore[arg-type]


def _video(name: str, kind: Kind, sql: str, about: str, **rest: float | str | bool) -> Feature:
    return Feature(name, Side.VIDEO, kind, sql, about, **rest)  # type: ignore[arg-type]


# Drift: a run against the last one. Skew: the valid window against train, but not for counts, which
# grow with time by their nature. Measurements: docs/data-checks.md.
#
# The user's side reads `past` (schema/queries/user_features.sql): the decisions strictly before
# the moment. A day has 86,400 s.
USER_ID = _user("user_id", Kind.KEY, "past.user_id::text", "the user", needed=True)
USER = (
    USER_ID,
    _user(
        "total_likes", Kind.LOG_NUMBER, "past.likes", "likes so far",
        low=0, high=100_000, unit="likes", drift=0.3,
    ),
    _user(
        "nope_share", Kind.NUMBER, "past.nopes::float8 / nullif(past.likes + past.nopes, 0)",
        "nopes among all decisions so far", low=0, high=1, unit="share", drift=0.3,
    ),
    _user(
        "avg_price", Kind.LOG_NUMBER, "past.avg_price",
        "mean price of the liked videos", low=0, high=1_000_000, unit="the catalogue's currency",
        drift=0.3, skew=0.5,
    ),
    _user(
        "days_active", Kind.LOG_NUMBER, "past.days_active",
        "time since the first decision", low=0, high=36_500, unit="days", drift=0.3,
    ),
    _user(
        "likes_per_day", Kind.LOG_NUMBER, "past.likes / greatest(past.days_active, 1)",
        "likes for each day since the first decision; a first day counts whole",
        low=0, high=10_000, unit="likes a day", drift=0.3,
    ),
    _user(
        "recency_score", Kind.NUMBER, "power(0.5, past.days_idle / 30)",
        "1 at a decision, halved with every 30 days since the last",
        low=0, high=1, unit="share", drift=0.3, skew=0.5,
    ),
    _user(
        "liked_genres", Kind.SHARES, "liked_genre.names", "genres of the liked videos, with counts",
        sql_counts="liked_genre.counts", unit="likes", drift=0.2, skew=0.3,
    ),
    _user("liked_videos", Kind.HISTORY, "liked.videos", "the last liked videos, newest first"),
    _user("noped_videos", Kind.HISTORY, "noped.videos", "the last noped videos, newest first"),
)  # fmt: skip


def age_sql(at: str, released_at: str) -> str:
    """Days from release to a moment, as an SQL expression; 0 before release, NULL if unknown."""
    days = f"extract(epoch FROM {at} - {released_at})::float8 / 86400"
    return f"CASE WHEN {released_at} > {at} THEN 0 ELSE {days} END"


# The video's side reads `video` (schema/queries/video_features.sql).
VIDEO_ID = _video("video_id", Kind.ID, "video.video_id::text", "the video", needed=True)
# A price of 0 means "not set" more often than "free".
PRICE = _video(
    "price", Kind.LOG_NUMBER, "video.price",
    "price", low=0.01, high=1_000_000, outside=Outside.MISSING,
    unit="the catalogue's currency", drift=0.3,
)  # fmt: skip
VIDEO = (
    VIDEO_ID,
    _video(
        "text", Kind.TEXT,
        f"lower(normalize(concat_ws(' ', left(video.title, {LONGEST_TITLE}),"
        f" left(video.description, {LONGEST_DESCRIPTION}),"
        " array_to_string(video.performers, ' '), array_to_string(video.tags, ' ')), NFKC))",
        f"title and description (their first {LONGEST_TITLE} and {LONGEST_DESCRIPTION:,}"
        " characters), performers' and tags' names", limit=1_000, needed=True,
    ),
    _video("genre", Kind.CATEGORY, "video.genre", "genre", drift=0.2),
    _video("maker", Kind.CATEGORY, "video.maker", "maker", limit=256, drift=0.2),
    _video("tags", Kind.CATEGORIES, "video.tags", "tags' names", limit=256, drift=0.2),
    _video(
        "performers", Kind.CATEGORIES, "video.performers", "performers' names", limit=256,
        drift=0.2,
    ),
    PRICE,
    _video(
        "duration_seconds", Kind.LOG_NUMBER, "video.duration_seconds",
        "running time", low=1, high=86_400, unit="seconds", outside=Outside.MISSING,
        drift=0.3,
    ),
    _video(
        "performer_count", Kind.LOG_NUMBER, "cardinality(video.performers)",
        "number of performers", low=0, high=1_000, unit="performers",
        drift=0.3,
    ),
    _video(
        "tag_count", Kind.LOG_NUMBER, "cardinality(video.tags)",
        "number of tags", low=0, high=1_000, unit="tags", drift=0.3,
    ),
    _video(
        "age_days", Kind.AGE, age_sql("wanted.at", "video.released_at"),
        "time since release, at the moment of the pair", low=0, high=36_500, unit="days",
    ),
    _video(
        "known_in_train", Kind.MASK,
        "coalesce(video.released_at < '{train_end}'::timestamptz, true)::int::float8",
        "1 if released before training ended (or undated), 0 else", needed=True,
    ),
)  # fmt: skip

FEATURES = (*USER, *VIDEO)


def features(side: Side, *kinds: Kind) -> tuple[Feature, ...]:
    """The rows of one side, in the table's order; of the given kinds where any are given."""
    return tuple(f for f in FEATURES if f.side is side and (not kinds or f.kind in kinds))


def model_inputs(side: Side) -> tuple[Column, ...]:
    """The inputs of a tower's signature: neither the user's id nor a mask is among them."""
    rows = features(side)
    return columns(tuple(f for f in rows if f.kind not in {Kind.KEY, Kind.MASK}))
