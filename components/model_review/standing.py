"""What the candidate is compared with in words: the live model, or popularity on a first run."""

from __future__ import annotations

from schema.documents.ranking import RankingFigures

__all__ = ["CANDIDATE", "LIVE", "rival_of"]

CANDIDATE, LIVE, POPULARITY = "candidate", "the live model", "popularity"


def rival_of(ranking: RankingFigures) -> str:
    """Name of the rival; empty if nothing could be measured."""
    return next((name for name in (LIVE, POPULARITY) if name in ranking.differences), "")
