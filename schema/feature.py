"""The form of a feature: a row of the tables in features.py and example_columns.py."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["MISSING", "Column", "Feature", "Kind", "Outside", "Side", "ValueType", "columns"]

MISSING = -1.0
"""Stands for a missing number in a model's input, since JSON has no NaN; pads lists, too."""


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


def columns(rows: tuple[Feature, ...]) -> tuple[Column, ...]:
    """The raw columns of these rows, in order."""
    return tuple(column for feature in rows for column in feature.columns)
