"""Second gate: not significantly worse than popularity nor than the live model."""

from __future__ import annotations

from collections.abc import Mapping

from components.retrieval_evaluator.measure import CONFIDENCE, GATED
from schema.documents.ranking import Interval

__all__ = ["refusals"]


def refusals(differences: Mapping[str, Interval]) -> list[str]:
    """One reason for each rival that the candidate is significantly worse than; none blesses it.

    Args:
        differences: per rival, the candidate's figure minus its own, with its interval.
    """
    return [
        f"{GATED} over all users: expected no less than {rival}'s, got a change of"
        f" {change.mean:+.4f} ({CONFIDENCE:.0%} interval {change.low:+.4f} to"
        f" {change.high:+.4f})"
        for rival, change in differences.items()
        if not change.high >= 0
    ]
