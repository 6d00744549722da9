"""docs/features.md, generated from the table of features.

`make schema` writes it; a test compares the file with the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from schema.example_columns import EXAMPLE_COLUMNS
from schema.feature import Feature, Kind, Side
from schema.features import HISTORY_LENGTH

__all__ = ["PAGE", "feature_page", "write_page"]

PAGE = Path(__file__).resolve().parents[1] / "docs" / "features.md"

_SIDES = {
    Side.USER: (
        "A user at a moment",
        "`past` of schema/queries/user_features.sql: the decisions strictly before the moment.",
    ),
    Side.VIDEO: (
        "A video",
        "`video` of schema/queries/video_features.sql: its row, with its performers and tags.",
    ),
    Side.PAIR: (
        "The pairs of a moment",
        "`queried` and `pair` of schema/queries/pairs.sql. For training and evaluation alone.",
    ),
    Side.SLICE: (
        "Slices of the model review",
        "`slice` and `known` of schema/queries/slices.sql. Not an input of the model.",
    ),
    Side.RANKING: (
        "Relevance of the ranking",
        "`seen` and `relevant` of schema/queries/ranking.sql. Not an input of the model.",
    ),
    Side.POPULARITY: (
        "Popularity of a video",
        "`counted` of schema/queries/popularity.sql. Not an input of the model.",
    ),
}
_Z_SCORE = "z-score over train, cut at 5"
_MEAN = "the mean of train, so 0"
_ENCODED = {
    Kind.KEY: ("none: passed through", "never missing"),
    Kind.ID: ("its own embedding row; one for all unknown videos", "never missing"),
    Kind.TEXT: ("words and bigrams, TF-IDF, L2 norm 1", "no terms, so all 0"),
    Kind.CATEGORY: ("one-hot", "the out-of-vocabulary index"),
    Kind.CATEGORIES: ("several-hot, L2 norm 1", "none of them, so all 0"),
    Kind.NUMBER: (_Z_SCORE, _MEAN),
    Kind.LOG_NUMBER: (f"log(1 + x), {_Z_SCORE}", _MEAN),
    Kind.AGE: ("log(1 + x) over log(1 + the largest allowed), 0 to 1", "the middle, 0.5"),
    Kind.SHARES: ("shares with one added to each count", "equal shares"),
    Kind.HISTORY: (
        f"means of the item embeddings of the newest {HISTORY_LENGTH}", "no items, so all 0",
    ),
    Kind.KEYS: ("rows of the catalogue", "never missing"),
    Kind.VALUES: ("none: as it is", "never missing"),
    Kind.MASK: ("none: passed through", "never missing"),
}  # fmt: skip
"""By kind, its encoding and the value that replaces a missing one."""


def feature_page() -> str:
    """The whole page, in Markdown."""
    head = [
        "# Features",
        "",
        "Written by `make schema` from [schema/features.py](../schema/features.py); do not edit.",
        "[add-a-feature.md](add-a-feature.md) says how to add one. `make features USER=<id>` and",
        "`make features VIDEO=<id>` print the values.",
        "A number outside its range counts as missing if somebody entered it, and is clipped if it",
        "is a count of ours; see [data-checks.md](data-checks.md).",
    ]
    parts = ["\n".join(_part(side, heading, source)) for side, (heading, source) in _SIDES.items()]
    return "\n".join([*head, "", "\n\n".join(parts), ""])


def write_page() -> None:
    """Rewrites docs/features.md."""
    PAGE.write_text(feature_page(), encoding="utf-8")


def _part(side: Side, heading: str, source: str) -> Iterator[str]:
    yield from (f"## {heading}", "", f"From {source}", "")
    yield _line(("name", "what it is", "unit", "range", "where it is missing", "encoding", "SQL"))
    yield _line(["---"] * 7)
    for row in (row for row in EXAMPLE_COLUMNS if row.side is side):
        encoding, missing = _ENCODED[row.kind]
        limit = f", the {row.limit:,} most frequent" if row.limit else ""
        sql = f"`{row.sql}`" + (f", `{row.sql_counts}`" if row.sql_counts else "")
        cells = (f"`{row.name}`", row.about, row.unit, _range(row))
        yield _line((*cells, "a fault" if row.needed else missing, encoding + limit, sql))


def _range(row: Feature) -> str:
    return "" if row.low is None else f"{row.low:,g} to {row.high:,.10g}"


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


if __name__ == "__main__":
    write_page()
