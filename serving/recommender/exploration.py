"""Places of a popularity list that are given to videos that hardly anybody knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from serving.recommender.answer import Item

__all__ = ["explored"]


def explored(
    items: Sequence[Item], cold: Sequence[Item], epsilon: float, random: Random
) -> list[Item]:
    """Each place is given to a cold video with probability `epsilon`, drawn evenly.

    Args:
        items: the list, best first; displaced videos move down, and the last ones out.
        cold: videos to draw from, each at most once; those in `items` are left out.
        epsilon: 0 to 1.
        random: a source with a seed.

    Returns:
        As many items as before; a drawn one has the `propensity` of its place.
    """
    listed = {item.video_id for item in items}
    pool = [item for item in cold if item.video_id not in listed]
    waiting, places = list(items), list[Item]()
    for rank in range(1, len(items) + 1):
        if pool and random.random() < epsilon:
            propensity = epsilon / len(pool)
            drawn = pool.pop(random.randrange(len(pool)))
            places.append(replace(drawn, rank=rank, propensity=propensity))
        else:
            places.append(replace(waiting.pop(0), rank=rank))
    return places
