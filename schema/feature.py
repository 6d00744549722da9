"""The type of a feature: one row of the tables in features.py and example_columns.py."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["MISSING", "Column", "Feature", "Kind", "Outside", "Side", "ValueType", "columns"]

MISSING = -1.0
"""Replaces a missing number in a model's input, since JSON has no NaN; also pads lists."""


class Side(StrEnum):
    """The entity whose row holds a feature."""

    USER = "user"
    VIDEO = "video"
    PAIR = "pair"
    SLICE = "slice"
    RANKING = "ranking"
    POPULARITY = "popularity"


class ValueType(StrEnum):
    """Type of a value in tf.Example, in a signature's input and in JSON."""

    STRING = "string"
    FLOAT = "float"


class Kind(StrEnum):
    """Encoding of a feature in the Transform graph and the towers."""

    KEY = "key"  # identifies; passed through, never an input of a tower by itself
    ID = "id"  # one string; its own embedding row, out-of-vocabulary bucket
    TEXT = "text"  # one string; tokenised, TF-IDF
    CATEGORY = "category"  # one string; vocabulary with an out-of-vocabulary bucket
    CATEGORIES = "categories"  # strings; several-hot over a vocabulary
    NUMBER = "number"  # one float; clipped, imputed, z-scored
    LOG_NUMBER = "log_number"  # the same after log(1 + x)
    AGE = "age"  # days between two moments; log(1 + x) over log(1 + the largest allowed)
    SHARES = "shares"  # strings and their counts; smoothed shares over a vocabulary
    HISTORY = "history"  # video ids, newest first; pooled item embeddings
    KEYS = "keys"  # video ids of the pairs of a moment
    VALUES = "values"  # floats, one for each of those videos
    MASK = "mask"  # 1 for rows that analysers may use, else 0; never an input of the model


class Outside(StrEnum):
    """Treatment of a number outside its row's low and high."""

    MISSING = "missing"  # a typing error, which does not tell the right value
    CLIPPED = "clipped"  # our own count of valid rows: extreme, but on the right side


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
        name: name of the column, of the tf.Example feature and of the signature's input.
        type: the type of one value.
        is_list: whether a row holds any number of values, none included.
        sql: the expression that yields it; float8, text, float8[] or text[].
        needed: whether NULL is a data error.
    """

    name: str
    type: ValueType
    is_list: bool
    sql: str
    needed: bool = False

    @property
    def absent(self) -> str | float:
        """The value that replaces a missing one, and pads a list, in a model's input."""
        return MISSING if self.type is ValueType.FLOAT else ""


@dataclass(frozen=True)
class Feature:
    """One row of the table.

    Attributes:
        name: the field's name everywhere.
        side: the entity whose row holds it.
        kind: how it is encoded.
        sql: expression over the side's relation (schema/queries); for SHARES the keys.
        about: description.
        low: smallest plausible value (numbers), always above MISSING.
        high: largest plausible value (numbers).
        outside: treatment of any other number, already in the SQL of its column.
        drift: largest distance of its distribution from the last run's, 0 to 1.
        skew: largest distance of the valid window's distribution from train's, 0 to 1.
        limit: number of most frequent values that get an index; None: all of them.
        sql_counts: for SHARES, the expression of the counts.
        unit: of a number; for SHARES, of the counts.
        needed: whether NULL is a data error rather than a missing value.
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
        """Whether it identifies a person or a decision; statistics, which store values, omit it."""
        named = {Kind.KEY, Kind.HISTORY, Kind.KEYS}
        return self.side in {Side.USER, Side.PAIR, Side.RANKING} and self.kind in named

    @property
    def _believed(self) -> str:
        """`sql`, with numbers outside low and high clipped or missing, and NaN missing."""
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
        """The raw columns of the feature; two for SHARES (keys, counts), else one."""
        value = ValueType.FLOAT if self.kind in _FLOATS else ValueType.STRING
        own = Column(self.name, value, self.kind in _LISTS, self._believed, self.needed)
        if self.sql_counts is None:
            return (own,)
        return (own, Column(f"{self.name}_counts", ValueType.FLOAT, True, self.sql_counts))  # noqa: FBT003


def columns(rows: tuple[Feature, ...]) -> tuple[Column, ...]:
    """The raw columns of these rows, in order."""
    return tuple(column for feature in rows for column in feature.columns)
