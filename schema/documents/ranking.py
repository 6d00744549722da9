"""Figures of the retrieval gate."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schema.documents import Document

__all__ = [
    "CANDIDATE",
    "LIVE",
    "POPULARITY",
    "Activity",
    "GroupDifference",
    "Interval",
    "Place",
    "RankedModel",
    "RankingFigures",
    "UserList",
]


CANDIDATE, LIVE, POPULARITY = "candidate", "the live model", "popularity"
"""Names of recommenders in `RankingFigures`."""


class Interval(Document):
    """A mean over users with its bootstrap interval, 95 % or, of a group, 99 %."""

    mean: float
    low: float
    high: float


class Activity(Document):
    """Figures of users by their count of decisions before the window."""

    seen: str
    users: int
    ndcg_10: Interval = Field(alias="ndcg@10")


class GroupDifference(Document):
    """The candidate's NDCG@10 minus a rival's, over the users of one group.

    Attributes:
        rival: its name.
        seen: the group, by its users' number of decisions before the window.
        users: count of them.
        change: mean with its 99% bootstrap interval.
    """

    rival: str
    seen: str
    users: int
    change: Interval


class RankedModel(Document):
    """One recommender over the full catalogue; the five metrics are 0 to 1, higher is better.

    Attributes:
        coverage: share of the catalogue that is recommended to any user.
        novelty: in bits, higher is less known; None if nothing was recommended.
        popularity_lift: 1 is as popular as the liked videos; None if not defined.
        gini: inequality of the videos' shares of all places, 0 for equal ones to 1 for one video
            that takes them all; None if nothing was recommended.
        top_share: share of the places that the most recommended 1 % of the catalogue takes.
        new_share: share of the places of videos that nobody had decided on before the window.
        new_recall_20: share of the likes of such videos that are found; None without such a like.
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
    gini: float | None = None
    top_share: float | None = None
    new_share: float | None = None
    new_recall_20: float | None = None
    by_activity: list[Activity]


class Place(Document):
    """One place of a user's list.

    Attributes:
        video: UUID; in a review the title.
        found: whether the user liked it in the window.
        moved: places that it stands higher than in the other model's list; None if it is not among
            the first 20 there.
    """

    video: str
    found: bool
    moved: int | None


class UserList(Document):
    """The first places of one user by two models; the document has no id of a user.

    Attributes:
        why: how the user was chosen.
        decided: count of videos decided on before the window.
        candidate: best first.
        live: best first, by the live model, or by popularity if there is none.
    """

    why: Literal["changed most", "at random"]
    decided: int
    candidate: list[Place]
    live: list[Place]


class RankingFigures(Document):
    """All recommenders over one window.

    Attributes:
        protocol: one line that describes the measurement.
        models: figures by name, the candidate first; empty if nothing could be measured.
        differences: by rival, the per-user difference of the candidate's NDCG@10 and the rival's.
        groups: the same by group of users; none in the JSON of an older run.
        lists: of some users; none in the JSON of an older run.
        reasons: reasons to refuse the candidate; if empty, it is blessed.
    """

    protocol: str
    models: dict[str, RankedModel]
    differences: dict[str, Interval]
    groups: list[GroupDifference] = Field(default_factory=list)
    lists: list[UserList] = Field(default_factory=list)
    reasons: list[str]
