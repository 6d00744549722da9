"""The queries of the run, rendered from schema/queries and the table of features.

A rendered query keeps the placeholders {since}, {until}, {train_end}, {once_videos}, … until
`fill` sets them, and the parameters first_id and last_id until a reader executes it: the range of
ids that this reader owns.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from importlib import resources

from schema import features as table
from schema.features import Column, Feature, Kind, Side
from schema.soundness import bindings, sound_template
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
    "all_videos",
    "fill",
    "popularity_now",
    "user_moments",
    "videos_by_id",
]

FIRST_ID = "00000000-0000-0000-0000-000000000000"
LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"


def _part(name: str) -> str:
    text = resources.files("schema").joinpath("queries", f"{name}.sql").read_text()
    return (
        text.replace("{user_columns}", _select(table.columns(table.USER)))
        .replace("{video_columns}", _select(table.columns(table.VIDEO)))
        .replace("{video_price}", table.PRICE.columns[0].sql)
        .replace("{history_length}", str(table.HISTORY_LENGTH))
        .replace("{pair_age}", table.age_sql("labelled.at", "law_row.released_at"))
    )


def _select(columns: tuple[Column, ...]) -> str:
    return ",\n        ".join(f"{c.sql} AS {c.name}" for c in columns)


def _names(rows: tuple[Feature, ...]) -> str:
    """The columns of user_features or video_features, by the names of the table."""
    return ", ".join(f"{row.side}_features.{c.name}" for row in rows for c in row.columns)


_SOUND = f"WITH {sound_template()}"

DECISIONS = f"""{_SOUND},
{_part("pairs")},
{_part("user_features")}
SELECT {_names(table.USER)}, {_select(table.columns(table.PAIR))}
FROM user_features
JOIN asked ON asked.user_id = key_user_id AND asked.at = key_at
ORDER BY key_user_id, key_at"""

PAIRS = f"""{_SOUND},
{_part("pairs")}
SELECT user_id::text, video_id::text, at, label, probability
FROM pair
ORDER BY pair.user_id, at, label DESC, pair.video_id"""

_ALL_VIDEOS = f"""{_SOUND},
wanted AS (SELECT video_id, now() AS at FROM videos),
{_part("video_features")}"""

CATALOGUE = f"""{_SOUND},
wanted AS (
    SELECT video_id, '{{until}}'::timestamptz AS at FROM videos
    WHERE video_id BETWEEN %(first_id)s AND %(last_id)s
),
{_part("video_features")}
SELECT {_names(table.VIDEO)}
FROM video_features
ORDER BY key_video_id"""

USERS = f"""{_SOUND},
moments AS (
    SELECT user_id, '{{until}}'::timestamptz AS at FROM users
    WHERE user_id BETWEEN %(first_id)s AND %(last_id)s
),
{_part("user_features")}
SELECT {_names(table.USER)}
FROM user_features
ORDER BY key_user_id"""

_OF_RANGE = "BETWEEN %(first_id)s AND %(last_id)s"
_USER_MOMENTS = f"""WITH {sound_template(of_users=True)},
moments AS (
    SELECT unnest(%(user_ids)s::uuid[]) AS user_id, '{{until}}'::timestamptz AS at
),
{_part("user_features")}
SELECT {_names(table.USER)}
FROM user_features""".replace(_OF_RANGE, "= ANY (%(user_ids)s::uuid[])")
"""Not those between the first and the last of them: that may be nearly everybody."""

EVAL_PAIRS = f"""{_SOUND},
{_part("pairs")},
{_part("user_features")},
wanted AS (SELECT DISTINCT video_id, at FROM pair),
{_part("video_features")},
{_part("slices")}
SELECT {_names(table.USER)}, {_names(table.VIDEO)}, {_select(table.columns((table.LABEL,)))},
    {_select(table.columns(table.features(Side.SLICE)))}
FROM pair
JOIN user_features ON key_user_id = pair.user_id AND user_features.key_at = pair.at
JOIN video_features ON key_video_id = pair.video_id AND video_features.key_at = pair.at
LEFT JOIN slice ON slice.video_id = pair.video_id
LEFT JOIN known ON known.user_id = pair.user_id
ORDER BY pair.user_id, pair.at, pair.video_id"""


RANKING = f"""{_SOUND},
{_part("ranking")},
{_part("user_features")}
SELECT {_names(table.USER)}, {_select(table.columns(table.RANKING))}
FROM user_features
JOIN relevant ON relevant.user_id = key_user_id
LEFT JOIN seen ON seen.user_id = key_user_id
ORDER BY key_user_id"""

POPULARITY = f"""{_SOUND},
{_part("popularity")}
SELECT {_select(table.columns(table.POPULARITY))}
FROM counted
ORDER BY video_id"""

_VIDEOS = f"""WITH {sound_template(few_videos=True)},
wanted AS (
    SELECT DISTINCT unnest(%(video_ids)s::uuid[]) AS video_id, '{{until}}'::timestamptz AS at
),
{_part("video_features")}
SELECT {_names(tuple(row for row in table.VIDEO if row.kind is not Kind.MASK))}
FROM video_features"""


def all_videos(without_key: Collection[str] = ()) -> str:
    """Up to the end of its WITH: `video` is what the expressions of the video's side read."""
    return _set(_ALL_VIDEOS, {"train_end": "infinity", **bindings(without_key, "now()")})


def popularity_now(without_key: Collection[str] = ()) -> str:
    """Each video's id, likes and decisions so far; takes first_id and last_id."""
    return _set(POPULARITY, {"since": "infinity", **bindings(without_key, "now()")})


def videos_by_id(at: datetime, without_key: Collection[str] = ()) -> str:
    """The features of given videos at a moment, without the mask of a run; takes video_ids."""
    until = at.astimezone(UTC).isoformat()
    bound = {"until": until, "train_end": "infinity", **bindings(without_key, "now()")}
    return _set(_VIDEOS, bound)


def user_moments(at: datetime, without_key: Collection[str] = ()) -> str:
    """The features of given users at a moment; takes user_ids."""
    until = at.astimezone(UTC).isoformat()
    return _set(_USER_MOMENTS, {"until": until, **bindings(without_key, "now()")})


def fill(
    query: str,
    windows: TimeWindows,
    split: str,
    law: dict[str, float | int],
    without_key: Collection[str] = (),
) -> str:
    """The query for one split, its placeholders set.

    Args:
        query: one of this module's.
        windows: what was decided at or after their end does not exist.
        split: the time window to read.
        law: seed, ratio, alpha and tries.
        without_key: tables whose keys may come twice.

    Raises:
        KeyError: if the query has a placeholder that nothing here sets.
    """
    since, until = windows.bounds(split)
    texts = windows.as_texts()
    last = f"'{texts['eval_end']}'::timestamptz - interval '1 microsecond'"
    known = {**texts, "since": since, "until": until, **law, **bindings(without_key, last)}
    return _set(query, known)


def _set(query: str, known: Mapping[str, object]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: str(known[match.group(1)]), query)
