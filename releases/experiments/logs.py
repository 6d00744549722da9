"""What was shown and what came of it. A batch that is sent again changes nothing.

Every write is part of the caller's transaction. Rows are written in the order of their keys, so
that two writers cannot block each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

from releases.experiments.buckets import bucket_of
from releases.experiments.registry import Kind
from schema.database import Connection, Cursor

__all__ = ["Event", "Exposure", "log_events", "log_exposures"]

_EXPOSURES = """
INSERT INTO two_tower.exposures (request_id, video_id, user_id, version, rung, position, shown_at,
    experiment, arm, propensity)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::int[],
    %s::timestamptz[], %s::text[], %s::text[], %s::float8[])
ON CONFLICT DO NOTHING
"""
_EXPERIMENTS = """
SELECT name, salt, share FROM two_tower.experiments WHERE name = ANY (%s) AND kind = %s
"""
_ASSIGNMENTS = """
INSERT INTO two_tower.assignments (experiment, user_id, arm, bucket, share, assigned_at)
SELECT * FROM unnest(%s::text[], %s::uuid[], %s::text[], %s::smallint[], %s::numeric[],
    %s::timestamptz[])
ON CONFLICT DO NOTHING
"""
_EVENTS = """
INSERT INTO two_tower.events AS kept (request_id, video_id, happened_at, clicked, dwell_s)
SELECT request_id, video_id, min(happened_at), bool_or(clicked), max(dwell_s)
FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[], %s::bool[], %s::float8[])
    AS sent (request_id, video_id, happened_at, clicked, dwell_s)
GROUP BY request_id, video_id ORDER BY request_id, video_id
ON CONFLICT (request_id, video_id) DO UPDATE SET
    happened_at = least(kept.happened_at, excluded.happened_at),
    clicked = kept.clicked OR excluded.clicked,
    dwell_s = greatest(kept.dwell_s, excluded.dwell_s)
"""


class Exposure(NamedTuple):
    """A video in an answer.

    Attributes:
        request_id: of the answer, a UUID as text.
        video_id: UUID as text.
        user_id: UUID as text.
        version: the version that placed the video.
        rung: what answered, such as `two_tower` or `popularity`.
        position: from 1.
        shown_at: with a zone.
        experiment: name; None if none ran.
        arm: `control` or `candidate`: the user's arm, or, interleaved, the list that the video is
            credited to. None without an experiment or without credit.
        propensity: probability with which the video got this place; None if it was not random.
    """

    request_id: str
    video_id: str
    user_id: str
    version: str
    rung: str
    position: int
    shown_at: datetime
    experiment: str | None = None
    arm: str | None = None
    propensity: float | None = None


class Event(NamedTuple):
    """What a user did with a video of an answer.

    Attributes:
        request_id: of the answer, a UUID as text.
        video_id: UUID as text.
        happened_at: with a zone.
        clicked: whether the video was opened.
        dwell_s: seconds spent with it; None if unknown. The longest counts.
    """

    request_id: str
    video_id: str
    happened_at: datetime
    clicked: bool = True
    dwell_s: float | None = None


def log_exposures(connection: Connection, exposures: Sequence[Exposure]) -> int:
    """Keeps what was shown, and the arm of each user who is new to an experiment.

    Returns:
        Rows that were not there before.

    Raises:
        psycopg2.Error: of the statement, such as an unknown experiment.
    """
    if not exposures:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_EXPOSURES, _columns(sorted(exposures, key=lambda one: one[:2])))
        written = int(cursor.rowcount)
        firsts = _assignments(cursor, exposures)
        if firsts:
            cursor.execute(_ASSIGNMENTS, _columns(firsts))
    return written


def log_events(connection: Connection, events: Sequence[Event]) -> int:
    """Keeps clicks and dwell seconds, in whatever order they come.

    Returns:
        Videos of answers that were written or changed.
    """
    if not events:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, _columns(events))
        return int(cursor.rowcount)


def _assignments(cursor: Cursor, exposures: Sequence[Exposure]) -> list[tuple[object, ...]]:
    """Rows of the first exposure of each user in each split, by experiment and user."""
    names = sorted({one.experiment for one in exposures if one.experiment})
    cursor.execute(_EXPERIMENTS, (names, Kind.SPLIT))
    splits = {name: (salt, share) for name, salt, share in cursor}
    first: dict[tuple[str, str], Exposure] = {}
    for one in sorted(exposures, key=attrgetter("shown_at")):
        name = one.experiment or ""
        if name in splits and one.arm:
            first.setdefault((name, str(UUID(one.user_id))), one)
    rows: list[tuple[object, ...]] = []
    for (name, user), one in sorted(first.items()):
        salt, share = splits[name]
        rows.append((name, user, one.arm, bucket_of(salt, user), share, one.shown_at))
    return rows


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
