"""What turns raw rows into the towers' dense inputs, for a runtime without TensorFlow."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schema.documents import Document

__all__ = ["AgeEncoding", "Encoding", "Encodings", "Histories", "NumberEncoding", "TextEncoding",
           "VocabularyEncoding"]  # fmt: skip


class NumberEncoding(Document):
    """One dense column: the z-score of a number, clipped to -5 and 5.

    0 for a missing number, for one that is `missing` outside its bounds, and where nothing was
    fitted. Arithmetic is in float32.

    Attributes:
        feature: name of the raw column.
        kind: for `log_number`, log(1 + x) of the clipped number is scaled.
        low: smallest plausible value; -1, below all of them, stands for a missing number.
        high: largest plausible value.
        outside: `clipped` to the bounds above `high`, or `missing`; below `low` always missing.
        mean: of the scaled numbers.
        variance: of the scaled numbers; 0 where all were the same, or there were none: the column
            is 0 then.
    """

    feature: str
    kind: Literal["number", "log_number"]
    low: float
    high: float
    outside: Literal["clipped", "missing"]
    mean: float
    variance: float


class VocabularyEncoding(Document):
    """A dense column for each term, and a last one for all others.

    Attributes:
        feature: name of the raw column.
        kind: `category`: 1 in the column of the value, "" being one of the others. `categories`:
            counts of the list's values, L2-normalised. `shares`: (sum of the counts + 1) in each
            column, over the row's sum.
        counts: for `shares`, name of the raw column of the counts.
        vocabulary: the terms, in the order of their columns.
    """

    feature: str
    kind: Literal["category", "categories", "shares"]
    counts: str = ""
    vocabulary: list[str]


class TextEncoding(Document):
    """TF-IDF: each term's count times its IDF, L2-normalised; tokens as components/transform/.

    Attributes:
        feature: name of the raw column.
        kind: the kind.
        vocabulary: the terms, in the order of their columns; unknown ones are left out.
        idf: of each term.
        width: number of columns; those beyond the vocabulary are 0.
    """

    feature: str
    kind: Literal["text"]
    vocabulary: list[str]
    idf: list[float]
    width: int


class AgeEncoding(Document):
    """One dense column: log(1 + days) over log(1 + high), 0.5 for a missing age.

    Attributes:
        feature: name of the raw column.
        kind: the kind.
        high: days; an older video counts as this old.
    """

    feature: str
    kind: Literal["age"]
    high: float


Encoding = Annotated[
    NumberEncoding | VocabularyEncoding | TextEncoding | AgeEncoding, Field(discriminator="kind")
]


class Histories(Document):
    """How a user's histories are pooled: docs/edge.md has the formulas.

    Attributes:
        features: names of the raw columns, lists of video ids, the newest first.
        length: ids of each that count.
        seen: whether the model sees them; else all are empty.
        decay: the video at rank r weighs exp(-r / decay) in the recency-weighted mean.
        exposure_share: and exp(-r / (exposure_share * n)) in the exposure of n videos.
        prior: added to the sum of a mean's weights.
        trained: width of the trained item embeddings.
        closed: widths of the closed form's two parts, likes and exposure; empty without one.
        groups: least number of videos of each group of users that has a gate.
    """

    features: list[str]
    length: int
    seen: bool
    decay: float
    exposure_share: float
    prior: float
    trained: int
    closed: list[int]
    groups: list[int]


class Encodings(Document):
    """Of both sides of one version.

    Attributes:
        version: of the model.
        known_videos: ids; video i has row i of the tables, every other the row after the last.
        user: encodings of the dense part, in the order of its columns.
        histories: of the user side.
        video: encodings of the dense part, in the order of its columns.
    """

    version: str
    known_videos: list[str]
    user: list[Encoding]
    histories: Histories
    video: list[Encoding]
