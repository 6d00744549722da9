"""The one table of features: SQL, TFMD schema, Transform, towers, signatures are views of it.

A row says where a feature comes from (an SQL expression over the relation that its side's
query names), how the graph encodes it (its kind), and what stands in when it is missing.
No feature's name is written anywhere else: other code asks for a side, a kind or a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "FEATURES",
    "HISTORY_LENGTH",
    "LONGEST_DESCRIPTION",
    "LONGEST_TITLE",
    "MISSING",
    "PAIR",
    "POPULARITY",
    "PRICE",
    "RANKING",
    "SLICES",
    "USER",
    "USER_ID",
    "VIDEO",
    "VIDEO_ID",
    "Column",
    "Feature",
    "Kind",
    "Outside",
    "Side",
    "ValueType",
    "age_sql",
    "columns",
    "features",
    "model_inputs",
]

LONGEST_TITLE, LONGEST_DESCRIPTION = 500, 5_000
"""Characters of each that the text feature takes. What stands far down says little more, and one
description of 150 kB would weigh as much as a shelf of others."""
HISTORY_LENGTH = 50
"""Videos in each history, newest first."""
MISSING = -1.0
"""What stands for a missing number in a model's input: JSON has no NaN. Lists pad with it too."""


class Side(StrEnum):
    """Whose row a feature stands in."""

    USER = "user"
    VIDEO = "video"
    PAIR = "pair"
    SLICE = "slice"
    RANKING = "ranking"
    POPULARITY = "popularity"


class ValueType(StrEnum):
    """How a value travels: in tf.Example, in a signature's input, in JSON."""

    STRING = "string"
    FLOAT = "float"


class Kind(StrEnum):
    """How the Transform graph and the towers encode a feature."""

    KEY = "key"  # identifies; passed through, never an input of a tower by itself
    ID = "id"  # one string; its own embedding row, out-of-vocabulary bucket
    TEXT = "text"  # one string; tokenised, TF-IDF
    CATEGORY = "category"  # one string; vocabulary with an out-of-vocabulary bucket
    CATEGORIES = "categories"  # strings; several-hot over a vocabulary
    NUMBER = "number"  # one float; clipped, imputed, z-scored
    LOG_NUMBER = "log_number"  # the same after log(1 + x)
    AGE = "age"  # days between two moments; log(1 + x) over that of the longest
    SHARES = "shares"  # strings and their counts; smoothed shares over a vocabulary
    HISTORY = "history"  # video ids, newest first; pooled item embeddings
    KEYS = "keys"  # ids of the videos put to the test at a moment
    VALUES = "values"  # floats, one for each of those videos
    MASK = "mask"  # 1 where the analysers may look, 0 else; never an input of the model


class Outside(StrEnum):
    """What becomes of a number that lies outside its row's low and high."""

    MISSING = "missing"  # somebody's mistake, which says nothing of the right value
    CLIPPED = "clipped"  # our own count of true rows: extreme, but its side is right


_LISTS = {Kind.CATEGORIES, Kind.SHARES, Kind.HISTORY, Kind.KEYS, Kind.VALUES}
_NUMBERS = {Kind.NUMBER, Kind.LOG_NUMBER, Kind.AGE}
_FLOATS = {*_NUMBERS, Kind.VALUES, Kind.MASK}
_COMPARED = {
    Kind.CATEGORY, Kind.CATEGORIES, Kind.SHARES, Kind.NUMBER, Kind.LOG_NUMBER,
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column of a query's result and one feature of a tf.Example.

    Attributes:
        name: the column's name, which is also the tf.Example feature's and signature input's.
        type: the type of one value.
        is_list: whether a row holds any number of values, none included.
        sql: the expression that yields it; float8, text, float8[] or text[].
        needed: whether NULL is a fault of the data.
    """

    name: str
    type: ValueType
    is_list: bool
    sql: str
    needed: bool = False

    @property
    def absent(self) -> str | float:
        """What stands for a missing value, and pads a list, in a model's input."""
        return MISSING if self.type is ValueType.FLOAT else ""


@dataclass(frozen=True)
class Feature:
    """One row of the table.

    Attributes:
        name: the field's name everywhere.
        side: whose row it stands in.
        kind: how it is encoded.
        sql: expression over the side's relation (schema/queries); for SHARES the keys.
        about: what it is.
        low: smallest value that is believed (numbers). Above MISSING, always.
        high: largest value that is believed (numbers).
        outside: what becomes of any other number, in its column and so everywhere.
        drift: farthest that its distribution may lie from the last run's, 0 to 1.
        skew: farthest that it may lie, in the valid window, from the train window's, 0 to 1.
        limit: only that many most frequent values get an index; None: all of them.
        sql_counts: for SHARES, the expression of the counts.
        unit: of a number; for SHARES, of the counts.
        needed: whether NULL is a fault of the data rather than a missing value.
    """

    name: str
    side: Side
    kind: Kind
    sql: str
    about: str
    low: float | None = None
    high: float | None = None
    outside: Outside = Outside.CLIPPED
    drift: float | None = None
    skew: float | None = None
    limit: int | None = None
    sql_counts: str | None = None
    unit: str = ""
    needed: bool = False

    def __post_init__(self) -> None:
        """Refuse a row that contradicts itself."""
        if (self.kind is Kind.SHARES) != (self.sql_counts is not None):
            raise ValueError(f"{self.name}: sql_counts belongs to kind 'shares', and to it alone")
        bounded = self.low is not None and self.high is not None
        if bounded != (self.kind in _NUMBERS):
            raise ValueError(f"{self.name}: low and high belong to numbers, and to each of them")
        if bounded and not (self.low or 0.0) < (self.high or 0.0):
            raise ValueError(f"{self.name}: expected low < high, got {self.low} and {self.high}")
        if (self.drift or self.skew) and self.kind not in _COMPARED:
            raise ValueError(f"{self.name}: drift and skew belong to numbers and categories")
        if bounded and not (self.low or 0.0) > MISSING:
            raise ValueError(f"{self.name}: expected low above {MISSING}, got {self.low}")

    @property
    def is_personal(self) -> bool:
        """Whether it names a person or a decision: kept out of statistics, which store values."""
        named = {Kind.KEY, Kind.HISTORY, Kind.KEYS}
        return self.side in {Side.USER, Side.PAIR, Side.RANKING} and self.kind in named

    @property
    def _believed(self) -> str:
        """`sql`, with what lies outside low and high clipped or missing. NaN is no number."""
        if self.low is None or self.high is None:
            return self.sql
        if self.outside is Outside.MISSING:
            return (
                f"CASE WHEN {self.sql} BETWEEN {self.low:g} AND {self.high:.0f} THEN {self.sql} END"
            )
        return (
            f"CASE WHEN {self.sql} < {self.low:g} THEN {self.low:g}"
            f" WHEN {self.sql} > {self.high:.0f} THEN {self.high:.0f} ELSE {self.sql} END"
        )

    @property
    def columns(self) -> tuple[Column, ...]:
        """The raw columns that carry it; two for SHARES (keys, counts), else one."""
        value = ValueType.FLOAT if self.kind in _FLOATS else ValueType.STRING
        own = Column(self.name, value, self.kind in _LISTS, self._believed, self.needed)
        if self.sql_counts is None:
            return (own,)
        return (own, Column(f"{self.name}_counts", ValueType.FLOAT, True, self.sql_counts))  # noqa: FBT003


def _user(name: str, kind: Kind, sql: str, about: str, **rest: float | str | bool) -> Feature:
    return Feature(name, Side.USER, kind, sql, about, **rest)  # type: ignore[arg-type]


def _video(name: str, kind: Kind, sql: str, about: str, **rest: float | str | bool) -> Feature:
    return Feature(name, Side.VIDEO, kind, sql, about, **rest)  # type: ignore[arg-type]


# Drift: a run against the last one. Skew: the valid window against train, for what does not grow
# with time by its nature, as counts do. What was measured: docs/data-checks.md.
#
# The user's side reads `past` (schema/queries/user_features.sql): what was decided
# strictly before the moment. Days are of 86,400 s.
USER_ID = _user("user_id", Kind.KEY, "past.user_id::text", "the user", needed=True)
USER = (
    USER_ID,
    _user(
        "total_likes", Kind.LOG_NUMBER, "past.likes", "likes so far",
        low=0, high=100_000, unit="likes", drift=0.3,
    ),
    _user(
        "nope_share", Kind.NUMBER, "past.nopes::float8 / nullif(past.likes + past.nopes, 0)",
        "nopes among all decisions so far", low=0, high=1, unit="share", drift=0.3,
    ),
    _user(
        "avg_price", Kind.LOG_NUMBER, "past.avg_price",
        "mean price of the liked videos", low=0, high=1_000_000, unit="the catalogue's currency",
        drift=0.3, skew=0.5,
    ),
    _user(
        "days_active", Kind.LOG_NUMBER, "past.days_active",
        "time since the first decision", low=0, high=36_500, unit="days", drift=0.3,
    ),
    _user(
        "likes_per_day", Kind.LOG_NUMBER, "past.likes / greatest(past.days_active, 1)",
        "likes for each day since the first decision; a first day counts whole",
        low=0, high=10_000, unit="likes a day", drift=0.3,
    ),
    _user(
        "recency_score", Kind.NUMBER, "power(0.5, past.days_idle / 30)",
        "1 at a decision, halved with every 30 days since the last",
        low=0, high=1, unit="share", drift=0.3, skew=0.5,
    ),
    _user(
        "liked_genres", Kind.SHARES, "liked_genre.names", "genres of the liked videos, with counts",
        sql_counts="liked_genre.counts", unit="likes", drift=0.2, skew=0.3,
    ),
    _user("liked_videos", Kind.HISTORY, "liked.videos", "the last liked videos, newest first"),
    _user("noped_videos", Kind.HISTORY, "noped.videos", "the last noped videos, newest first"),
)  # fmt: skip


def age_sql(at: str, released_at: str) -> str:
    """Days from release to a moment, as an SQL expression; 0 before release, NULL if unknown."""
    days = f"extract(epoch FROM {at} - {released_at})::float8 / 86400"
    return f"CASE WHEN {released_at} > {at} THEN 0 ELSE {days} END"


# The video's side reads `video` (schema/queries/video_features.sql).
VIDEO_ID = _video("video_id", Kind.ID, "video.video_id::text", "the video", needed=True)
# Of a catalogue that sells, 0 means "not set" more often than "free": it is no price.
PRICE = _video(
    "price", Kind.LOG_NUMBER, "video.price",
    "price", low=0.01, high=1_000_000, outside=Outside.MISSING,
    unit="the catalogue's currency", drift=0.3,
)  # fmt: skip
VIDEO = (
    VIDEO_ID,
    _video(
        "text", Kind.TEXT,
        f"lower(normalize(concat_ws(' ', left(video.title, {LONGEST_TITLE}),"
        f" left(video.description, {LONGEST_DESCRIPTION}),"
        " array_to_string(video.performers, ' '), array_to_string(video.tags, ' ')), NFKC))",
        f"title and description (their first {LONGEST_TITLE} and {LONGEST_DESCRIPTION:,}"
        " characters), performers' and tags' names", limit=1_000, needed=True,
    ),
    _video("genre", Kind.CATEGORY, "video.genre", "genre", drift=0.2),
    _video("maker", Kind.CATEGORY, "video.maker", "maker", limit=256, drift=0.2),
    _video("tags", Kind.CATEGORIES, "video.tags", "tags' names", limit=256, drift=0.2),
    _video(
        "performers", Kind.CATEGORIES, "video.performers", "performers' names", limit=256,
        drift=0.2,
    ),
    PRICE,
    _video(
        "duration_seconds", Kind.LOG_NUMBER, "video.duration_seconds",
        "running time", low=1, high=86_400, unit="seconds", outside=Outside.MISSING,
        drift=0.3,
    ),
    _video(
        "performer_count", Kind.LOG_NUMBER, "cardinality(video.performers)",
        "number of performers", low=0, high=1_000, unit="performers",
        drift=0.3,
    ),
    _video(
        "tag_count", Kind.LOG_NUMBER, "cardinality(video.tags)",
        "number of tags", low=0, high=1_000, unit="tags", drift=0.3,
    ),
    _video(
        "age_days", Kind.AGE, age_sql("wanted.at", "video.released_at"),
        "time since release, at the moment of the pair", low=0, high=36_500, unit="days",
    ),
    _video(
        "known_in_train", Kind.MASK,
        "coalesce(video.released_at < '{train_end}'::timestamptz, true)::int::float8",
        "1 if released before training ended (or undated), 0 else", needed=True,
    ),
)  # fmt: skip

# What is asked of a user at a moment (schema/queries/pairs.sql).
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

# One pair in a row of its own, for TFMA.
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

# What the ranking of the full catalogue is judged by (schema/queries/ranking.sql, popularity.sql).
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

FEATURES = (*USER, *VIDEO, *PAIR, LABEL, *SLICES, *RANKING, *POPULARITY)


def features(side: Side, *kinds: Kind) -> tuple[Feature, ...]:
    """The rows of one side, in the table's order; of the given kinds where any are given."""
    return tuple(f for f in FEATURES if f.side is side and (not kinds or f.kind in kinds))


def columns(rows: tuple[Feature, ...]) -> tuple[Column, ...]:
    """The raw columns of these rows, in order."""
    return tuple(column for feature in rows for column in feature.columns)


def model_inputs(side: Side) -> tuple[Column, ...]:
    """What a tower's signature takes: neither the user's id nor a mask is among it."""
    rows = features(side)
    return columns(tuple(f for f in rows if f.kind not in {Kind.KEY, Kind.MASK}))
