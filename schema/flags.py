"""Doubtful values of valid rows: counted and kept in the quarantine, while the row stays."""

from __future__ import annotations

from dataclasses import dataclass

from schema.features import (
    LONGEST_DESCRIPTION,
    LONGEST_TITLE,
    Feature,
    Kind,
    Side,
    features,
)

__all__ = ["FLAGS", "Flag"]


@dataclass(frozen=True)
class Flag:
    """One condition on a video.

    Attributes:
        reason: what is said of a video that meets it.
        action: what becomes of the value.
        condition: SQL over the relation `video`; NULL counts as false.
    """

    reason: str
    action: str
    condition: str


def _outside(row: Feature) -> Flag:
    reason = f"{row.name} outside {row.low:g} to {row.high:,.0f}"
    condition = f"NOT ({row.sql} BETWEEN {row.low:g} AND {row.high:.0f})"
    return Flag(reason, row.outside, condition)


def _longer(column: str, longest: int) -> Flag:
    reason = f"{column} longer than {longest:,} characters"
    return Flag(reason, "cut", f"length(video.{column}) > {longest}")


FLAGS = (
    _longer("title", LONGEST_TITLE),
    _longer("description", LONGEST_DESCRIPTION),
    *(_outside(row) for row in features(Side.VIDEO, Kind.NUMBER, Kind.LOG_NUMBER)),
    # Announced, or a mistake: who could tell? It is no candidate at any moment before its date,
    # so that training and evaluation leave it out by themselves.
    Flag("released in the future", "kept", "video.released_at > now()"),
)
