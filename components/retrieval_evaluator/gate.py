"""Second gate: not significantly worse than popularity, its own start or the live model.

This holds over all users and over each large group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from components.retrieval_evaluator.measure import CONFIDENCE, GATED, GROUP_CONFIDENCE
from components.user_groups import LABELS, LARGE
from schema.documents.ranking import GroupDifference, Interval

__all__ = ["large", "refusals"]


def refusals(
    differences: Mapping[str, Interval], groups: Sequence[GroupDifference] = ()
) -> list[str]:
    """A reason for each rival that the candidate is significantly worse than; none blesses it.

    Groups are named for the rivals that it is not worse than over all users.

    Args:
        differences: per rival, the candidate's figure minus its own, with its interval.
        groups: the same by group of users.
    """
    reasons = {
        rival: _reason("all users", rival, change, CONFIDENCE)
        for rival, change in differences.items()
        if not change.high >= 0
    }
    worse = [
        group
        for group in large(groups)
        if not group.change.high >= 0 and group.rival not in reasons
    ]
    return [*reasons.values(), *map(_reason_of_group, worse)]


def large(groups: Sequence[GroupDifference]) -> list[GroupDifference]:
    """Those with enough users to be judged by themselves."""
    return [group for group in groups if group.users >= LARGE]


def _reason_of_group(group: GroupDifference) -> str:
    decided = "no video" if group.seen == LABELS[0] else f"{group.seen} videos"
    who = f"the {group.users:,} users who had decided on {decided}"
    return _reason(who, group.rival, group.change, GROUP_CONFIDENCE)


def _reason(who: str, rival: str, change: Interval, confidence: float) -> str:
    return (
        f"{GATED} over {who}: expected no less than {rival}'s, got a change of"
        f" {change.mean:+.4f} ({confidence:.0%} interval {change.low:+.4f} to {change.high:+.4f})"
    )
