"""What the retrieval gate measured."""

from __future__ import annotations

from pydantic import Field

from schema.documents import Document

__all__ = ["Activity", "Interval", "RankedModel", "RankingFigures"]


class Interval(Document):
    """A mean over users with its 95% bootstrap interval."""

    mean: float
    low: float
    high: float


class Activity(Document):
    """The users who had decided on so many videos before the window."""

    seen: str
    users: int
    ndcg_10: Interval = Field(alias="ndcg@10")


class RankedModel(Document):
    """One recommender over the full catalogue; the five metrics are 0 to 1, higher is better.

    Attributes:
        coverage: share of the catalogue that anybody gets.
        novelty: in bits, higher is less known; None where nothing was recommended.
        popularity_lift: 1 is as popular as what people like; None where that cannot be said.
        by_activity: the least active users first.
    """

    recall_10: Interval = Field(alias="recall@10")
    recall_20: Interval = Field(alias="recall@20")
    ndcg_10: Interval = Field(alias="ndcg@10")
    ndcg_20: Interval = Field(alias="ndcg@20")
    mrr_20: Interval = Field(alias="mrr@20")
    coverage: float
    novelty: float | None
    popularity_lift: float | None
    by_activity: list[Activity]


class RankingFigures(Document):
    """All recommenders over one window.

    Attributes:
        protocol: the line that every figure stands under.
        models: by name, the candidate first; none where nothing could be measured.
        differences: per rival, the candidate's NDCG@10 minus its own, user by user.
        reasons: why the candidate is refused; none is a blessing.
    """

    protocol: str
    models: dict[str, RankedModel]
    differences: dict[str, Interval]
    reasons: list[str]
