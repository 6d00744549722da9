"""Columns of Examples that are not features: pairs, label, slices, relevance, popularity."""

from __future__ import annotations

from schema.feature import Feature, Kind, Side
from schema.features import FEATURES

__all__ = [
    "AGES",
    "DECIDED",
    "EXAMPLE_COLUMNS",
    "LABEL",
    "LABELS",
    "LIKES",
    "PAIR",
    "PAIR_VIDEOS",
    "POPULARITY",
    "RANKED_ID",
    "RANKING",
    "RELEVANT",
    "SAMPLING_PROBABILITIES",
    "SEEN",
    "SLICES",
]

# The pairs of a moment (schema/queries/pairs.sql).
PAIR_VIDEOS = Feature(
    "pair_videos", Side.PAIR, Kind.KEYS, "queried.videos", "the videos of this moment's pairs"
)
LABELS = Feature(
    "labels", Side.PAIR, Kind.VALUES, "queried.labels", "1 for a like, 0 for a negative"
)
SAMPLING_PROBABILITIES = Feature(
    "sampling_probabilities", Side.PAIR, Kind.VALUES, "queried.sampling_probabilities",
    "sampling probability of each video as a negative",
)  # fmt: skip
AGES = Feature(
    "pair_video_ages", Side.PAIR, Kind.VALUES, "queried.ages",
    "time since the release of each video, at this moment; -1 where it is not known",
    unit="days",
)  # fmt: skip
PAIR = (PAIR_VIDEOS, LABELS, SAMPLING_PROBABILITIES, AGES)

# Columns of one pair per row, for TFMA.
LABEL = Feature("label", Side.PAIR, Kind.MASK, "pair.label", "1 for a like, 0 else", needed=True)
SLICES = (
    Feature(
        "genre_slice", Side.SLICE, Kind.KEY, "coalesce(slice.genre, 'other')",
        "the video's genre; 'other' for a rare one", needed=True,
    ),
    Feature(
        "user_slice", Side.SLICE, Kind.KEY,
        "CASE WHEN known.user_id IS NULL THEN 'new' ELSE 'known' END",
        "whether the user had decided anything when training ended", needed=True,
    ),
    Feature(
        "activity_slice", Side.SLICE, Kind.KEY,
        "CASE WHEN known.user_id IS NULL THEN 'none' WHEN known.decisions < 10 THEN '1 to 9'"
        " WHEN known.decisions < 50 THEN '10 to 49' ELSE '50 or more' END",
        "how much the user had decided on when training ended", needed=True,
    ),
)  # fmt: skip

# Ground truth of the full ranking (schema/queries/ranking.sql, popularity.sql).
SEEN = Feature(
    "seen_videos",
    Side.RANKING,
    Kind.KEYS,
    "seen.videos",
    "videos that the user had decided on before",
)
RELEVANT = Feature(
    "relevant_videos",
    Side.RANKING,
    Kind.KEYS,
    "relevant.videos",
    "unseen videos liked in the window",
)
RANKING = (SEEN, RELEVANT)
RANKED_ID = Feature(
    "ranked_id", Side.POPULARITY, Kind.KEY, "counted.video_id::text", "the video", needed=True
)
LIKES = Feature(
    "video_likes", Side.POPULARITY, Kind.MASK, "counted.likes::float8",
    "likes before the window", needed=True,
)  # fmt: skip
DECIDED = Feature(
    "video_decisions", Side.POPULARITY, Kind.MASK, "counted.decisions::float8",
    "decisions before the window; a video with none is cold", needed=True,
)  # fmt: skip
POPULARITY = (RANKED_ID, LIKES, DECIDED)

EXAMPLE_COLUMNS = (*FEATURES, *PAIR, LABEL, *SLICES, *RANKING, *POPULARITY)
"""Every row of both tables."""
