"""The queries of a run and of requests: files of schema/queries over the table of features.

Open placeholders, such as {since} or {once_videos}, are set by `fill` for one split and by the
functions below for requests. The parameters first_id and last_id are a reader's range of ids.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from schema import example_columns
from schema import features as table
from schema.feature import Column, Feature, Kind, columns
from schema.query import Query, sql_file
from schema.row_rules import bindings, valid_template
from schema.windows import TimeWindows

__all__ = [
    "CATALOGUE",
    "DECISIONS",
    "EVAL_PAIRS",
    "FIRST_ID",
    "LAST_ID",
    "PAIRS",
    "POPULARITY",
    "RANKING",
    "USERS",
    "Query",
    "all_videos",
    "fill",
    "popularity_now",
    "user_moments",
    "user_moments_template",
    "videos_by_id",
]

FIRST_ID = "00000000-0000-0000-0000-000000000000"
LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"
_OF_RANGE = "BETWEEN %(first_id)s AND %(last_id)s"
_OF_LIST = "= ANY (%(user_ids)s::uuid[])"
"""For requests: a range from the smallest to the largest of their ids would hold nearly all
users."""


def _part(name: str, users: str = _OF_RANGE) -> str:
    return (
        sql_file(name)
        .with_parts(
            these_users=users,
            user_columns=_select(columns(table.USER)),
            video_columns=_select(columns(table.VIDEO)),
            video_price=table.PRICE.columns[0].sql,
            history_length=str(table.HISTORY_LENGTH),
            pair_age=table.age_sql("labelled.at", "sampled.released_at"),
        )
        .text
    )


def _select(columns: tuple[Column, ...]) -> str:
    return ",\n        ".join(f"{c.sql} AS {c.name}" for c in columns)


def _names(rows: tuple[Feature, ...]) -> str:
    """The columns of user_features or video_features, by the names of the table."""
    return ", ".join(f"{row.side}_features.{c.name}" for row in rows for c in row.columns)


_VALID = f"WITH {valid_template()}"

DECISIONS = Query(f"""{_VALID},
{_part("pairs")},
{_part("user_features")}
SELECT {_names(table.USER)}, {_select(columns(example_columns.PAIR))}
FROM user_features
JOIN queried ON queried.user_id = key_user_id AND queried.at = key_at
ORDER BY key_user_id, key_at""")

PAIRS = Query(f"""{_VALID},
{_part("pairs")}
SELECT user_id::text, video_id::text, at, label, sampling_probability
FROM pair
ORDER BY pair.user_id, at, label DESC, pair.video_id""")

CATALOGUE = Query(f"""{_VALID},
wanted AS (
    SELECT video_id, '{{until}}'::timestamptz AS at FROM videos WHERE video_id {_OF_RANGE}
),
{_part("video_features")}
SELECT {_names(table.VIDEO)}
FROM video_features
ORDER BY key_video_id""")

USERS = Query(f"""{_VALID},
moments AS (
    SELECT user_id, '{{until}}'::timestamptz AS at FROM users WHERE user_id {_OF_RANGE}
),
{_part("user_features")}
SELECT {_names(table.USER)}
FROM user_features
ORDER BY key_user_id""")

EVAL_PAIRS = Query(f"""{_VALID},
{_part("pairs")},
{_part("user_features")},
wanted AS (SELECT DISTINCT video_id, at FROM pair),
{_part("video_features")},
{_part("slices")}
SELECT {_names(table.USER)}, {_names(table.VIDEO)}, {_select(columns((example_columns.LABEL,)))},
    {_select(columns(example_columns.SLICES))}
FROM pair
JOIN user_features ON key_user_id = pair.user_id AND user_features.key_at = pair.at
JOIN video_features ON key_video_id = pair.video_id AND video_features.key_at = pair.at
LEFT JOIN slice ON slice.video_id = pair.video_id
LEFT JOIN known ON known.user_id = pair.user_id
ORDER BY pair.user_id, pair.at, pair.video_id""")

RANKING = Query(f"""{_VALID},
{_part("ranking")},
{_part("user_features")}
SELECT {_names(table.USER)}, {_select(columns(example_columns.RANKING))}
FROM user_features
JOIN relevant ON relevant.user_id = key_user_id
LEFT JOIN seen ON seen.user_id = key_user_id
ORDER BY key_user_id""")

POPULARITY = Query(f"""{_VALID},
{_part("popularity")}
SELECT {_select(columns(example_columns.POPULARITY))}
FROM counted
ORDER BY video_id""")

_ALL_VIDEOS = Query(f"""{_VALID},
wanted AS (SELECT video_id, now() AS at FROM videos),
{_part("video_features")}""")

_USER_MOMENTS = Query(f"""WITH {valid_template(these_users=_OF_LIST)},
moments AS (
    SELECT unnest(%(user_ids)s::uuid[]) AS user_id, '{{until}}'::timestamptz AS at
),
{_part("user_features", users=_OF_LIST)}
SELECT {_names(table.USER)}
FROM user_features""")

_VIDEOS_BY_ID = Query(f"""WITH {valid_template(few_videos=True)},
wanted AS (
    SELECT DISTINCT unnest(%(video_ids)s::uuid[]) AS video_id, '{{until}}'::timestamptz AS at
),
{_part("video_features")}
SELECT {_names(tuple(row for row in table.VIDEO if row.kind is not Kind.MASK))}
FROM video_features""")


def all_videos(without_key: Collection[str] = ()) -> str:
    """A WITH clause that defines the relation `video`, which the video features read."""
    return _ALL_VIDEOS.bind({"train_end": "infinity", **bindings(without_key, "now()")})


def popularity_now(without_key: Collection[str] = ()) -> str:
    """Query of each video's id, likes and decisions so far; takes first_id and last_id."""
    return POPULARITY.bind({"since": "infinity", **bindings(without_key, "now()")})


def videos_by_id(at: datetime, without_key: Collection[str] = ()) -> str:
    """Query of the features of given videos at a moment, without the mask; takes video_ids."""
    until = at.astimezone(UTC).isoformat()
    bound = {"until": until, "train_end": "infinity", **bindings(without_key, "now()")}
    return _VIDEOS_BY_ID.bind(bound)


def user_moments(at: datetime, without_key: Collection[str] = ()) -> str:
    """Query of the features of given users at a moment; takes user_ids."""
    until = at.astimezone(UTC).isoformat()
    return _USER_MOMENTS.bind({"until": until, **bindings(without_key, "now()")})


def user_moments_template() -> str:
    """`user_moments` with open placeholders: {until}, and those of `valid_template`."""
    return _USER_MOMENTS.text


def fill(
    query: Query,
    windows: TimeWindows,
    split: str,
    sampling: dict[str, float | int],
    without_key: Collection[str] = (),
) -> str:
    """The query for one split.

    Args:
        query: one of this module's.
        windows: decisions at or after their end are ignored.
        split: the time window to read.
        sampling: seed, ratio, alpha and tries.
        without_key: tables without a unique index on their key.

    Raises:
        KeyError: if the query has a placeholder that this function does not set.
    """
    since, until = windows.bounds(split)
    texts = windows.as_texts()
    last = f"'{texts['eval_end']}'::timestamptz - interval '1 microsecond'"
    bound = {**texts, "since": since, "until": until, **sampling}
    return query.bind({**bound, **bindings(without_key, last)})
