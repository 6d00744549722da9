"""Metrics of a recommender's top K: per user, by groups of users, and overall."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import stats

from components import ranking_metrics
from components.retrieval_evaluator.window import Window
from components.user_groups import members
from schema.arrays import Float64, Int64
from schema.documents.ranking import GroupDifference, Interval, RankedModel

__all__ = [
    "GATED",
    "KS",
    "difference",
    "group_differences",
    "interval",
    "measure",
    "popular",
    "protocol",
]

KS = (10, 20)
GATED = "ndcg@10"
RESAMPLES = 1000
CONFIDENCE = 0.95
GROUP_CONFIDENCE = 0.99
"""Of a group against a rival: there are several of both, and each may be worse by chance."""

Values = Float64
PerUser = dict[str, Values]


def protocol(window: Window) -> str:
    """One line that every figure of this window stands under."""
    return (
        f"eval window (newest decisions, after train and valid), {len(window.relevant):,} users"
        f" with a new like in it, as of its beginning; all {len(window.videos):,} videos ranked,"
        f" those decided on before removed; K = {', '.join(map(str, KS))}; means over users,"
        f" {CONFIDENCE:.0%} bootstrap intervals"
    )


def popular(window: Window) -> Int64:
    """[users, K]: the most liked before the window, each user's seen ones left out."""
    everyone = np.ones((len(window.relevant), 1), np.float32)
    return ranking_metrics.top_k(
        everyone, window.likes[:, np.newaxis].astype("f4"), window.seen, max(KS)
    )


def measure(top: Int64, window: Window) -> tuple[RankedModel, PerUser]:
    """Figures of one recommender, and its gated metrics per user.

    Args:
        top: [users, K] rows of videos, best first, -1 for none.
        window: what was to be found.
    """
    per_user = _per_user(top, window)
    figures: dict[str, Any] = {name: interval(values) for name, values in per_user.items()}
    figures |= _beyond_accuracy(top, window)
    figures["by_activity"] = [
        {"seen": label, "users": int(mask.sum()), GATED: interval(per_user[GATED][mask])}
        for label, mask in members(_decided(window))
    ]
    return RankedModel.model_validate(figures), per_user


def interval(values: Values, confidence: float = CONFIDENCE) -> Interval:
    """Mean with its percentile bootstrap interval over users (Efron, 1979)."""
    mean = float(values.mean())
    if len(values) < 2 or np.ptp(values) == 0:  # noqa: PLR2004
        return Interval(mean=mean, low=mean, high=mean)
    found = stats.bootstrap(
        (values,), np.mean, n_resamples=RESAMPLES, confidence_level=confidence,
        method="percentile", random_state=7, batch=50,
    ).confidence_interval  # fmt: skip
    return Interval(mean=mean, low=float(found.low), high=float(found.high))


def difference(ours: PerUser, theirs: PerUser) -> Interval:
    """Ours minus theirs of the gated metric, user by user, with its interval."""
    return interval(ours[GATED] - theirs[GATED])


def group_differences(
    ours: PerUser, rivals: Mapping[str, PerUser], window: Window
) -> list[GroupDifference]:
    """Of each rival and each group of users by number of decisions before the window."""
    return [
        GroupDifference(
            rival=rival,
            seen=label,
            users=int(mask.sum()),
            change=interval((ours[GATED] - theirs[GATED])[mask], GROUP_CONFIDENCE),
        )
        for rival, theirs in rivals.items()
        for label, mask in members(_decided(window))
    ]


def _per_user(top: Int64, window: Window) -> PerUser:
    hit = ranking_metrics.hits(top, window.relevant)
    figures = {f"recall@{k}": ranking_metrics.recall(hit, window.liked, k) for k in KS}
    figures |= {f"ndcg@{k}": ranking_metrics.ndcg(hit, window.liked, k) for k in KS}
    figures[f"mrr@{max(KS)}"] = ranking_metrics.reciprocal_rank(hit)
    return figures


def _beyond_accuracy(top: Int64, window: Window) -> dict[str, float | None]:
    """Of the first K[0] places.

    coverage: share of the catalogue that anybody gets (higher is broader).
    novelty: mean -log2 of the share of likes before the window that a video has, one added to
        each count; in bits, higher is less known (Zhou et al., 2010).
    popularity_lift: mean likes of what is recommended over that of what was to be found; 1 is
        as popular as what people like, more is a bias to the popular.
    new_recall_20: of all K places.
    """
    first = top[:, : KS[0]]
    shown = first[first >= 0]
    if not len(shown):
        return {"coverage": 0.0, "novelty": None, "popularity_lift": None}
    counts = np.sort(np.bincount(shown, minlength=len(window.videos)))
    share = (window.likes + 1) / (window.likes + 1).sum()
    wanted = window.likes[np.concatenate(window.relevant)].mean()
    return {
        "coverage": len(np.unique(shown)) / len(window.videos),
        "novelty": float(-np.log2(share[shown]).mean()),
        "popularity_lift": float(window.likes[shown].mean() / wanted) if wanted else None,
        "gini": _gini(counts),
        "top_share": float(counts[-max(len(counts) // 100, 1) :].sum() / counts.sum()),
        "new_share": float(window.cold[shown].mean()),
        "new_recall_20": _new_recall(top, window),
    }


def _gini(ascending: Int64) -> float:
    """Gini coefficient of counts in ascending order, at least one above 0 (Gini, 1912)."""
    count = len(ascending)
    ranks = 2 * np.arange(1, count + 1) - count - 1
    return float((ranks * ascending).sum() / (count * ascending.sum()))


def _new_recall(top: Int64, window: Window) -> float | None:
    """Share of the likes of videos that nobody had decided on that are among the K places."""
    wanted = [rows[window.cold[rows]] for rows in window.relevant]
    likes = sum(map(len, wanted))
    found = sum(int(np.isin(rows, places).sum()) for rows, places in zip(wanted, top, strict=True))
    return found / likes if likes else None


def _decided(window: Window) -> Int64:
    """[users] how many videos each had decided on before the window."""
    return np.array([len(rows) for rows in window.seen])
