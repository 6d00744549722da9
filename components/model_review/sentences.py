"""What got better and what got worse, in sentences for a reader who knows no machine learning.

"Clearly" is said where chance alone is an unlikely cause: an interval of the change does not
contain 0, or the change of a slice is above 1.96 standard errors. "Possibly" is said of the rest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal, NamedTuple

from schema.documents.data import Distance
from schema.documents.ranking import (
    CANDIDATE,
    LIVE,
    POPULARITY,
    Interval,
    RankedModel,
    RankingFigures,
)
from schema.documents.review import Measures, Review
from schema.example_columns import SLICES

__all__ = ["Sentence", "sentences"]

SMALL = 0.03
"""Share of a figure; a smaller change that chance may have caused is none."""
LARGE_SHIFT = 0.5
"""Of the allowed distance: data that moved farther is worth a sentence."""
NARROWER = 1.25
"""Factor on a figure of breadth from which it is worth a sentence."""
LEAST_CHANGE = 0.02
"""In AUC-PR; a slice that changed less is not worth a sentence."""
MOST_SLICES = 4
Tone = Literal["worse", "better", "note"]


class Sentence(NamedTuple):
    """One finding.

    Attributes:
        tone: whether it speaks for or against the candidate.
        text: the sentence.
        sure: whether chance is an unlikely cause.
    """

    tone: Tone
    text: str
    sure: bool = True


def sentences(review: Review) -> list[Sentence]:
    """The findings: what got worse first, and what is sure before what is not."""
    found = [*_users(review), *_slices(review), *_breadth(review), *_data(review)]
    order = {"worse": 0, "better": 1, "note": 2}
    return sorted(found, key=lambda one: (order[one.tone], not one.sure))


def _users(review: Review) -> Iterator[Sentence]:
    """Of all users, and of each group by the number of their decisions."""
    ranking, rival = review.ranking, _rival_of(review.ranking)
    if not rival:
        return
    theirs = ranking.models[rival]
    before = theirs.ndcg_10.mean
    yield _served("All users together", ranking.differences[rival], before, rival)
    means = {group.seen: group.ndcg_10.mean for group in theirs.by_activity}
    for group in ranking.groups:
        if group.rival == rival:
            who = f"Users who had decided on {_videos(group.seen)} ({group.users:,})"
            yield _served(who, group.change, means.get(group.seen, 0.0), rival)


def _rival_of(ranking: RankingFigures) -> str:
    """The live model, or popularity on a first run; empty if nothing could be measured."""
    return next((name for name in (LIVE, POPULARITY) if name in ranking.differences), "")


def _served(who: str, change: Interval, before: float, rival: str) -> Sentence:
    if change.low == change.high:
        return Sentence("note", f"{who} get lists as good as {_lists_of(rival)}.")
    sure = change.low > 0 or change.high < 0
    share = abs(change.mean) / before if before else 0.0
    if not sure and share < SMALL:
        return Sentence("note", f"{who} get lists about as good as {_lists_of(rival)}.")
    tone: Tone = "better" if change.mean > 0 else "worse"
    chance = "" if sure else "; chance alone may be the cause"
    how = "clearly" if sure else "possibly"
    by = f", by {share:.0%}" if share else ""
    text = f"{who} {how} get {tone} lists than {_lists_of(rival)}{by} (NDCG@10{chance})."
    return Sentence(tone, text, sure)


def _lists_of(rival: str) -> str:
    return "those of popularity" if rival == POPULARITY else f"{rival} gives them"


def _videos(seen: str) -> str:
    return "no video before" if seen == "none" else f"{seen} videos"


def _slices(review: Review) -> Iterator[Sentence]:
    """The slices of pairs whose AUC-PR changed most against the live model."""
    if review.baseline is None:
        return
    before = {(one.key, one.value): one for one in review.baseline.slices}
    pairs = [
        (one, before[one.key, one.value])
        for one in review.candidate.slices
        if (one.key, one.value) in before
    ]
    changes = [
        (own.auc_pr - old.auc_pr, own, old) for own, old in pairs if own.auc_pr and old.auc_pr
    ]
    large = [one for one in changes if abs(one[0]) >= LEAST_CHANGE]
    for change, own, old in sorted(large, key=lambda one: -abs(one[0]))[:MOST_SLICES]:
        sure = abs(change) > 1.96 * math.hypot(_error(own), _error(old))
        tone: Tone = "better" if change > 0 else "worse"
        how = "clearly" if sure else "possibly"
        text = (
            f"For {_slice(own)}, likes and nopes are {how} separated {tone} than by the live"
            f" model: AUC-PR {own.auc_pr:.3f} after {old.auc_pr:.3f} ({own.pairs:,} pairs)."
        )
        yield Sentence(tone, text, sure)


def _error(one: Measures) -> float:
    """Standard error of an AUC-PR by its likes (Boyd, Eng and Page, 2013)."""
    likes = max(one.pairs * (one.prevalence or 0.0), 1.0)
    figure = one.auc_pr or 0.0
    return math.sqrt(figure * (1 - figure) / likes)


def _slice(one: Measures) -> str:
    about = {row.name: row.about for row in SLICES}
    return f"the pairs with “{one.value}” as {about.get(one.key, one.key).partition(';')[0]}"


def _breadth(review: Review) -> Iterator[Sentence]:
    """Whether the same few videos go to everybody."""
    rival, models = _rival_of(review.ranking), review.ranking.models
    if rival == LIVE:
        yield from _concentration(models[CANDIDATE], models[rival])
        yield from _coverage(models[CANDIDATE], models[rival])


def _concentration(ours: RankedModel, live: RankedModel) -> Iterator[Sentence]:
    if ours.top_share is None or live.top_share is None:
        return
    more = ours.top_share > NARROWER * live.top_share
    if more or NARROWER * ours.top_share < live.top_share:
        tone: Tone = "worse" if more else "better"
        yield Sentence(
            tone,
            f"The same few videos go to everybody {'more' if more else 'less'} than before: the"
            f" most recommended 1 % of the catalogue takes {ours.top_share:.0%} of all places,"
            f" after {live.top_share:.0%}.",
        )


def _coverage(ours: RankedModel, live: RankedModel) -> Iterator[Sentence]:
    fewer = live.coverage > NARROWER * ours.coverage
    if fewer or ours.coverage > NARROWER * live.coverage:
        yield Sentence(
            "worse" if fewer else "better",
            f"{'Fewer' if fewer else 'More'} different videos are recommended to anybody:"
            f" {ours.coverage:.0%} of the catalogue, after {live.coverage:.0%}.",
        )


def _data(review: Review) -> Iterator[Sentence]:
    data = review.data
    if data is None:
        return
    far = [one for one in data.distances if one.distance > LARGE_SHIFT * one.allowed]
    yield from (Sentence("note", _moved(one)) for one in far[:MOST_SLICES])
    rows = sum(data.quarantine.values())
    if rows:
        yield Sentence("note", f"{rows:,} rows of the database were left out as invalid.")


def _moved(one: Distance) -> str:
    what = f"The data changed: `{one.feature}` of the {one.examples} differs from {one.against}'s"
    return f"{what} by {one.distance / one.allowed:.0%} of what is allowed."
