"""docs/data-checks.md names every rule and every threshold, and none that is not there."""

from __future__ import annotations

import re
from pathlib import Path

from schema.features import FEATURES, Kind, Side, features
from schema.row_rules import RULES, TWICE

PAGE = (Path(__file__).parents[1] / "docs" / "data-checks.md").read_text(encoding="utf-8")


def _rows(heading: str) -> list[list[str]]:
    """The cells of the first table whose heading begins so."""
    table = PAGE.partition(f"\n| {heading} |")[2].partition("\n\n")[0]
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]
    ]


def test_the_rules_are_those_of_the_code_in_their_order() -> None:
    rules = [*((rule.table, rule.reason) for rule in RULES), ("every table", TWICE)]
    assert [tuple(row[:2]) for row in _rows("table")] == rules
    assert all(row[2] for row in _rows("table"))


def test_the_ranges_and_what_becomes_of_other_values_are_those_of_the_code() -> None:
    found = {name: (low_high, becomes) for name, low_high, becomes, _ in _rows("value")}
    for row in features(Side.VIDEO, Kind.NUMBER, Kind.LOG_NUMBER):
        (name,) = (each for each in found if row.name in re.split(", ", each))
        assert found[name] == (f"{row.low:g} to {row.high:,.0f}", row.outside)
    assert {row.outside for row in features(Side.USER) if row.low is not None} == {"clipped"}


def test_the_thresholds_are_those_of_the_code() -> None:
    written = {
        name: (float(skew) if skew else None, float(drift) if drift else None)
        for name, _, _, skew, _, _, drift in _rows("feature")
    }
    users = {f.name: (f.skew, f.drift) for f in features(Side.USER) if f.skew or f.drift}
    assert written == users
    kinds = {
        f.kind in {Kind.NUMBER, Kind.LOG_NUMBER}: f.drift
        for f in FEATURES if f.side is Side.VIDEO and f.drift
    }  # fmt: skip
    assert kinds == {True: 0.3, False: 0.2}
    assert not [f.name for f in features(Side.VIDEO) if f.skew]
