"""Input of one PostgresExampleGen: query, splits and sampling, passed as a JSON string."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from schema.errors import DataError
from schema.query import Query

__all__ = ["ExampleQuery", "NegativeSampling"]

MOST_ALPHA = 10


@dataclass(frozen=True)
class NegativeSampling:
    """The sampling distribution of negatives (schema/queries/pairs.sql).

    Attributes:
        seed: seed of the hash that replaces a random generator.
        ratio: negatives to one positive, per user.
        alpha: exponent on a video's count of decisions; 0 draws uniformly.
        tries: attempts per negative before it is left out.
        large_genres: genres that get a slice of their own in the review.
    """

    seed: int = 7
    ratio: int = 2
    alpha: float = 0.75
    tries: int = 10
    large_genres: int = 8

    def __post_init__(self) -> None:
        """Refuse values that draw nothing, or that overflow SQL's float8."""
        if self.ratio < 1:
            raise DataError("a ratio of 1 or more", str(self.ratio), "change NEGATIVE_RATIO")
        if not 0 <= self.alpha <= MOST_ALPHA:
            wanted = f"an alpha from 0 to {MOST_ALPHA}"
            raise DataError(wanted, str(self.alpha), "change NEGATIVE_ALPHA")


@dataclass(frozen=True)
class ExampleQuery:
    """One query over one database, for one or more splits.

    Attributes:
        database_url_env: name of the environment variable that holds the URL; never the URL.
        query: one of schema/queries, with its time bounds still open.
        splits: time windows to read, each into a split of that name.
        tables: source tables of the query, for the fingerprint.
        cut: path of the file that the node Moment writes.
        since: ISO 8601 with a zone, the begin of train. Empty: the first decision.
        sampling: sampling of the negatives.
        ranges: number of key ranges, each read by its own cursor.
    """

    database_url_env: str
    query: Query
    splits: tuple[str, ...]
    tables: tuple[str, ...]
    cut: str
    sampling: NegativeSampling
    since: str = ""
    ranges: int = 4

    def to_json(self) -> str:
        """The query as JSON, for an execution property."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> ExampleQuery:
        """Inverse of `to_json`."""
        fields = json.loads(text)
        fields["query"] = Query(**fields["query"])
        fields["sampling"] = NegativeSampling(**fields["sampling"])
        for name in ("splits", "tables"):
            fields[name] = tuple(fields[name])
        return cls(**fields)
