"""The table of features refuses rows that contradict themselves, and its views agree with it."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format

from schema.example_columns import EXAMPLE_COLUMNS
from schema.feature import Feature, Kind, Side, ValueType, columns
from schema.feature_page import feature_page
from schema.features import model_inputs
from schema.tfmd import EXAMPLES, schema_of

ROOT = Path(__file__).parents[2]
# Strings that are a feature's name by chance, by the file or folder where they mean another thing.
OTHER_MEANINGS = {
    "components/trainer": {
        "pair_videos",
        "labels",
        "sampling_probabilities",
    },  # tensors of a training batch
    "components/trainer/edge/encodings.py": {"text"},  # a kind of encoding
    "pipeline/example_queries.py": {"performers", "tags"},  # tables
    "pipeline/local": {"performers", "tags", "user_id", "text"},  # tables, MovieLens, messages
    "pipeline/settings_file.py": {"text"},  # the type of a setting
    "pipeline/webhook.py": {"text"},  # a member of Slack's JSON
    "serving/recommender": {"user_id", "genre", "maker"},  # parameters of queries
    "serving/api": {"user_id", "text"},  # a path's parameter, words of a problem
    "serving/model_server": {"label"},  # a model version's label in a URL
}


@pytest.mark.parametrize(
    ("kind", "rest", "complaint"),
    [
        (Kind.SHARES, {}, "sql_counts belongs"),
        (Kind.TEXT, {"sql_counts": "1"}, "sql_counts belongs"),
        (Kind.NUMBER, {}, "low and high belong"),
        (Kind.NUMBER, {"low": 0}, "low and high belong"),
        (Kind.LOG_NUMBER, {"high": 1}, "low and high belong"),
        (Kind.CATEGORY, {"low": 0, "high": 1}, "low and high belong"),
        (Kind.NUMBER, {"low": 1, "high": 1}, "expected low < high, got 1 and 1"),
        (Kind.NUMBER, {"low": 0, "high": -1}, "expected low < high, got 0 and -1"),
        (Kind.NUMBER, {"low": -1, "high": 1}, "expected low above -1.0, got -1"),
        (Kind.TEXT, {"drift": 0.1}, "drift and skew belong to numbers and categories"),
        (Kind.HISTORY, {"skew": 0.1}, "drift and skew belong to numbers and categories"),
    ],
)
def test_a_row_that_contradicts_itself_is_refused(
    kind: Kind, rest: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ValueError, match=f"x: {complaint}"):
        Feature("x", Side.USER, kind, "1", "about", **rest)


def test_shares_travel_as_keys_and_counts() -> None:
    row = Feature("x", Side.USER, Kind.SHARES, "a", "about", sql_counts="b")
    assert [(c.name, c.type, c.is_list, c.sql) for c in row.columns] == [
        ("x", ValueType.STRING, True, "a"),
        ("x_counts", ValueType.FLOAT, True, "b"),
    ]


def test_a_column_s_name_is_an_identifier_and_stands_once() -> None:
    names = [column.name for column in columns(EXAMPLE_COLUMNS)]
    assert len(set(names)) == len(names) == 36
    assert all(name.isidentifier() and name.islower() for name in names)


def test_every_number_has_a_unit_and_nothing_else_has() -> None:
    with_unit = {feature.name for feature in EXAMPLE_COLUMNS if feature.unit}
    assert with_unit == {
        "total_likes", "nope_share", "avg_price", "days_active", "likes_per_day", "recency_score",
        "liked_genres", "price", "duration_seconds", "performer_count", "tag_count",
        "age_days", "pair_video_ages",
    }  # fmt: skip


def test_the_model_is_told_neither_who_a_user_is_nor_a_mask() -> None:
    assert [column.name for column in model_inputs(Side.USER)] == [
        "total_likes", "nope_share", "avg_price", "days_active", "likes_per_day", "recency_score",
        "liked_genres", "liked_genres_counts", "liked_videos", "noped_videos",
    ]  # fmt: skip
    assert [column.name for column in model_inputs(Side.VIDEO)] == [
        "video_id", "text", "genre", "maker", "tags", "performers",
        "price", "duration_seconds", "performer_count", "tag_count", "age_days",
    ]  # fmt: skip


def test_the_committed_schemas_are_what_the_table_generates() -> None:
    files = {path.stem: path.read_text() for path in (ROOT / "schema").glob("*.pbtxt")}
    assert files == {
        name: text_format.MessageToString(schema_of(rows)) for name, rows in EXAMPLES.items()
    }


def test_the_schema_says_what_is_needed_what_is_single_and_what_is_bounded() -> None:
    row = {"side": Side.VIDEO, "sql": "1", "about": "about"}
    key = Feature("key", kind=Kind.KEY, needed=True, **row)  # type: ignore[arg-type]
    number = Feature("number", kind=Kind.NUMBER, low=0, high=9, **row)  # type: ignore[arg-type]
    late = Feature("late", kind=Kind.NUMBER, low=1, high=9, drift=0.25, skew=0.5, **row)  # type: ignore[arg-type]
    several = Feature("several", kind=Kind.CATEGORIES, drift=0.75, **row)  # type: ignore[arg-type]
    rows = (key, number, late, several)
    assert text_format.MessageToString(schema_of(rows), as_one_line=True) == (
        'feature { name: "key" type: BYTES presence { min_fraction: 1.0 min_count: 1 } shape { } } '
        'feature { name: "number" value_count { max: 1 } type: FLOAT '
        "float_domain { min: 0.0 max: 9.0 } } "
        'feature { name: "late" value_count { max: 1 } type: FLOAT '
        "float_domain { min: 0.0 max: 9.0 } "
        "skew_comparator { jensen_shannon_divergence { threshold: 0.5 } } "
        "drift_comparator { jensen_shannon_divergence { threshold: 0.25 } } } "
        'feature { name: "several" type: BYTES '
        "drift_comparator { infinity_norm { threshold: 0.75 } } }"
    )


def test_no_feature_s_name_is_typed_outside_the_table() -> None:
    names = {column.name for column in columns(EXAMPLE_COLUMNS)}
    typed = {
        f"{path.relative_to(ROOT)}:{node.lineno} {node.value}"
        for folder in ("components", "pipeline", "serving")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value in names - _allowed(str(path.relative_to(ROOT)))
    }
    assert not typed


def _allowed(path: str) -> set[str]:
    return {
        word for place, words in OTHER_MEANINGS.items() if path.startswith(place) for word in words
    }


def test_the_committed_page_is_what_the_table_generates() -> None:
    assert (ROOT / "docs" / "features.md").read_text(encoding="utf-8") == feature_page()


def test_the_page_says_of_each_feature_where_it_is_from_its_unit_range_and_encoding() -> None:
    lines = feature_page().splitlines()
    assert {line.split("`")[1] for line in lines if line.startswith("| `")} == {
        feature.name for feature in EXAMPLE_COLUMNS
    }
    assert (
        "| `duration_seconds` | running time | seconds | 1 to 86,400 | the mean of train, so 0 |"
        " log(1 + x), z-score over train, cut at 5 | `video.duration_seconds` |"
    ) in lines
    assert (
        "| `maker` | maker |  |  | the out-of-vocabulary index |"
        " one-hot, the 256 most frequent | `video.maker` |"
    ) in lines
