"""Doubtful values in valid rows: reported in the quarantine, while the row stays in use."""

from __future__ import annotations

from dataclasses import dataclass

from schema.feature import Feature, Kind, Side
from schema.features import LONGEST_DESCRIPTION, LONGEST_TITLE, features

__all__ = ["FLAGS", "Flag"]


@dataclass(frozen=True)
class Flag:
    """One condition on a video.

    Attributes:
        reason: description of the doubt.
        action: treatment of the value.
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
    # Announced, or a typing error: the row does not tell which. The video is no candidate before
    # its date, so training and evaluation leave it out already.
    Flag("released in the future", "kept", "video.released_at > now()"),
)
