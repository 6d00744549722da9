"""What difference an experiment can find, and after how many days, at the traffic of the logs."""

from __future__ import annotations

import math
from datetime import datetime
from typing import NamedTuple

import numpy as np

from releases.experiments.estimates import by_user, detectable, ratio
from releases.experiments.reading import Rows, read_plain
from releases.experiments.registry import Kind
from schema.database import Connection
from schema.errors import DataError

__all__ = ["HORIZONS", "TRAFFIC", "Prospect", "prospect", "prospect_of"]

HORIZONS = (7, 14, 28)
"""Days."""
TRAFFIC = np.dtype([("number", "i8"), ("day", "i8"), ("videos", "f8"), ("likes", "f8")])
"""Sums by user and day; day 0 is the last."""


class Prospect(NamedTuple):
    """What is to be expected.

    Attributes:
        source: `exposures`, or `decisions` where no exposure is logged yet.
        until: the newest moment of the logs.
        span: days of the logs, 28 at most.
        users: in that time.
        base: likes for each video.
        findable: by number of days, the relative difference that is found with a probability of
            80 %; if interleaved, the difference of the lists' parts of the likes.
        days: after which the planned difference is found so; 0 if never.
    """

    source: str
    until: datetime
    span: int
    users: int
    base: float
    findable: dict[int, float]
    days: int


def prospect(connection: Connection, share: float, planned: float, kind: Kind) -> Prospect:
    """By the last 28 days of exposures, else of decisions.

    Raises:
        DataError: where the logs have fewer than two users or no like.
        DatabaseError: if the database refuses.
    """
    for source in ("exposures", "decisions"):
        rows = read_plain(connection, f"traffic_of_{source}")
        if rows:
            traffic = np.array([row[:-1] for row in rows], TRAFFIC)
            return prospect_of(traffic, source, rows[0][-1], share, planned, kind)
    raise DataError("exposures or decisions", "none", "log some, or fill user_video_decisions")


def prospect_of(
    traffic: Rows, source: str, until: datetime, share: float, planned: float, kind: Kind
) -> Prospect:
    """The same by these rows of TRAFFIC; see `prospect`."""
    users = len(np.unique(traffic["number"]))
    likes = float(traffic["likes"].sum())
    if users < 2 or not likes:  # noqa: PLR2004
        raise DataError("likes of two users or more", f"{likes:.0f} of {users}", "log more first")
    span = int(traffic["day"].max()) + 1
    known = [_findable(traffic[traffic["day"] < day], share, kind) for day in range(1, span + 1)]
    base = likes / float(traffic["videos"].sum())
    findable = {day: _after(known, day) for day in HORIZONS}
    return Prospect(source, until, span, users, base, findable, _days(known, planned))


def _findable(traffic: Rows, share: float, kind: Kind) -> float:
    """Relative, within these days; NaN where they have too little."""
    if kind is Kind.INTERLEAVING:
        likes = traffic["likes"].sum()
        return detectable(1 / math.sqrt(likes)) if likes else math.nan
    likes, videos = (by_user(traffic["number"], traffic[field]) for field in ("likes", "videos"))
    base = ratio(likes, videos)
    if not base.value > 0:
        return math.nan
    return detectable(base.error * math.sqrt(1 / share + 1 / (1 - share))) / base.value


def _after(known: list[float], day: int) -> float:
    """Beyond the logs it shrinks with the root of the days, as if users were ever new."""
    span = len(known)
    return known[day - 1] if day <= span else known[-1] * math.sqrt(span / day)


def _days(known: list[float], planned: float) -> int:
    reached = [day for day, findable in enumerate(known, 1) if findable <= planned]
    if reached:
        return reached[0]
    return math.ceil(len(known) * (known[-1] / planned) ** 2) if known[-1] > 0 else 0
