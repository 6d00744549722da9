"""The ladder of one answer: from the best rung down until one has videos."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice
from random import Random

from releases.experiments.assignment import INTERLEAVED
from releases.experiments.team_draft import interleave
from schema.arrays import Float32
from serving.model_client import ModelServerClient
from serving.recommender import rungs
from serving.recommender.answer import Item, Rung
from serving.recommender.breaker import Breaker
from serving.recommender.context import Context, taken
from serving.recommender.deadline import LateError
from serving.recommender.exploration import explored
from serving.recommender.rungs import RungError

__all__ = ["COLD_MOST", "NOTHING_LEFT", "Found", "Ladder", "UnknownUsers"]

NOTHING_LEFT = "no further video is left for this user"
COLD_MOST = 200
"""Videos with the fewest likes that exploration draws from."""


class UnknownUsers(StrEnum):
    """What answers a user without a decision.

    Attributes:
        MODEL: the ladder as for all others; the embedding is that of default features.
        POPULAR: the rung `popular`.
    """

    MODEL = "model"
    POPULAR = "popular"


@dataclass
class Found:
    """What a ladder came to.

    Attributes:
        rung: that answered.
        items: at most as many as asked.
        reasons: why the rungs above did not, and where others filled up.
    """

    rung: Rung = Rung.POPULAR
    items: list[Item] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


class Ladder:
    """Safe to use from many threads.

    Args:
        client: of the model server.
        breaker: of the model server.
        epsilon: share of places of a popularity list that are given to cold videos.
        random: of their draw.
        unknown: what answers a user without a decision.
    """

    def __init__(
        self,
        client: ModelServerClient,
        breaker: Breaker,
        epsilon: float,
        random: Random,
        unknown: UnknownUsers,
    ) -> None:
        self._client, self._breaker, self._unknown = client, breaker, unknown
        self._epsilon, self._random = epsilon, random

    def climb(self, context: Context, request_id: str) -> Found:
        """The first rung with videos, filled up by popular ones.

        Raises:
            LateError: no time was left for one with videos.
        """
        found, below = Found(), self._rungs(context, request_id)
        if not self.asks_model(context):
            found.reasons.append("this user has decided on no video")
            below = below[-1:]
        for rung, ways in below:
            try:
                found.items = ways()
            except RungError as error:
                found.reasons.append(str(error))
            except LateError as error:
                raise LateError("; ".join([*found.reasons, str(error)])) from None
            if found.items:
                found.rung = rung
                break
        self._fill(context, found)
        return found

    def asks_model(self, context: Context) -> bool:
        """Whether the rungs of the model come first; always for a version that a request names."""
        named = bool(context.request.version)
        return context.known or named or self._unknown is UnknownUsers.MODEL

    def _rungs(
        self, context: Context, request_id: str
    ) -> list[tuple[Rung, Callable[[], list[Item]]]]:
        return [
            (Rung.FRESH, lambda: self._fresh(context, request_id)),
            (Rung.STORED, lambda: self._nearest(context, rungs.stored_vector(context))),
            (Rung.GENRES, lambda: taken(context, rungs.genres(context))),
            (Rung.POPULAR, lambda: self._popular(context)),
        ]

    def _fresh(self, context: Context, request_id: str) -> list[Item]:
        if context.arm != INTERLEAVED:
            vector = rungs.fresh_vector(context, self._client, self._breaker)
            return self._nearest(context, vector)
        return self._interleaved(context, request_id)

    def _nearest(self, context: Context, vector: Float32) -> list[Item]:
        return taken(context, rungs.nearest(context, vector))

    def _interleaved(self, context: Context, request_id: str) -> list[Item]:
        """Both versions' lists in one; each video keeps its own version's score."""
        experiment = context.state.experiment
        if experiment is None:
            raise RungError("the experiment has ended")
        lists = []
        for version in (experiment.control, experiment.candidate):
            one = replace(context, version=version, arm="")
            lists.append(self._fresh(one, request_id))
        items = {item.video_id: item for found in reversed(lists) for item in found}
        ids = [[item.video_id for item in found] for found in lists]
        placed = interleave(ids[0], ids[1], context.request.limit, request_id)
        return [
            replace(items[video], rank=rank, arm=arm) for rank, (video, arm) in enumerate(placed, 1)
        ]

    def _popular(self, context: Context) -> list[Item]:
        items = taken(context, rungs.popular(context))
        if not self._epsilon:
            return items
        fewest = islice(reversed(list(rungs.popular(context))), COLD_MOST)
        return explored(items, taken(context, fewest), self._epsilon, self._random)

    def _fill(self, context: Context, found: Found) -> None:
        """Popular videos at the end, if the rung knows too few."""
        lacking = context.request.limit - len(found.items)
        if not lacking:
            return
        try:
            rest = taken(context, _others(rungs.popular(context), found.items))[:lacking]
        except (RungError, LateError) as error:
            found.reasons.append(str(error))
            return
        if rest:
            found.reasons.append(f"popular videos from place {len(found.items) + 1} on")
        if len(rest) < lacking:
            found.reasons.append(NOTHING_LEFT)
        found.items += [replace(item, rank=len(found.items) + item.rank) for item in rest]


def _others(ranked: rungs.Ranked, items: list[Item]) -> Iterator[tuple[str, float]]:
    listed = {item.video_id for item in items}
    return (one for one in ranked if one[0] not in listed)
