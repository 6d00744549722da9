"""Two ranked lists in one, each video credited to the list that placed it.

Team-draft interleaving (Radlinski, Kurup and Joachims, 2008): in each round both lists place
their best video that is not placed yet, in an order drawn at random.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from releases.experiments.buckets import CANDIDATE, CONTROL

__all__ = ["Placed", "interleave"]


class Placed(NamedTuple):
    """A video of an interleaved list.

    Attributes:
        video_id: UUID as text.
        arm: the list that it is credited to; None where a list comes to its end.
    """

    video_id: str
    arm: str | None


def interleave(
    control: Sequence[str], candidate: Sequence[str], limit: int, seed: str
) -> list[Placed]:
    """The best `limit` videos of both lists, best first, none twice.

    Args:
        control: ids, best first.
        candidate: ids, best first.
        limit: most videos.
        seed: of the draws, such as the request's id: the same seed gives the same list.
    """
    random = Random(seed)  # noqa: S311
    lists = {CONTROL: list(control), CANDIDATE: list(candidate)}
    placed: list[Placed] = []
    while len(placed) < limit and any(lists.values()):
        # With so many left both lists can place, whichever is first: credit is fair.
        fair = min(map(len, lists.values())) >= min(2, limit - len(placed))
        for arm in random.sample((CONTROL, CANDIDATE), 2):
            if len(placed) < limit and lists[arm]:
                video = lists[arm][0]
                placed.append(Placed(video, arm if fair else None))
                lists = {name: [v for v in left if v != video] for name, left in lists.items()}
    return placed
