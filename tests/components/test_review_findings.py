"""Sentences of the review: a reader who knows no machine learning finds what got worse."""

from __future__ import annotations

from typing import Any

import pytest

from components.model_review.curves import training_curves
from components.model_review.sentences import sentences
from schema.documents.fit import FitRecord
from schema.documents.release import ReleaseRecord
from schema.documents.review import Review
from tests.components.test_model_review import FIT, GENRE, RANKED, Elements, drawn
from tests.components.test_model_review import figures as reviewed

WORSE, SAME = (
    {"mean": -0.05, "low": -0.08, "high": -0.02},
    {"mean": 0.01, "low": -0.01, "high": 0.02},
)


def _ranked(**changes: Any) -> dict[str, Any]:
    return {
        **RANKED,
        "gini": 0.5,
        "top_share": 0.1,
        "new_share": 0.0,
        "new_recall_20": None,
        **changes,
    }


def _measures(value: str, auc_pr: float) -> dict[str, Any]:
    return {
        "key": GENRE, "value": value, "pairs": 40_000, "prevalence": 0.25, "auc_pr": auc_pr,
        "interval": None, "roc_auc": 0.7, "calibration": 1.0,
    }  # fmt: skip


def planted() -> dict[str, Any]:
    """Worse for heavy users, for one genre, and with half the places for a few videos."""
    review = reviewed()
    live = {**review["candidate"], "slices": [_measures("Horror", 0.6), _measures("Drama", 0.6)]}
    own = {**review["candidate"], "slices": [_measures("Horror", 0.5), _measures("Drama", 0.601)]}
    group = {"rival": "the live model", "users": 400}
    ranking = {
        "protocol": "all videos ranked",
        "models": {"candidate": _ranked(top_share=0.5), "the live model": _ranked()},
        "differences": {"the live model": SAME},
        "groups": [
            {**group, "seen": "none", "change": SAME},
            {**group, "seen": "10 or more", "change": WORSE},
        ],
        "reasons": [],
    }
    return {**review, "candidate": own, "baseline": live, "ranking": ranking}


def _findings(review: dict[str, Any]) -> list[tuple[str, bool, str]]:
    return [(s.tone, s.sure, s.text) for s in sentences(Review.model_validate(review))]


def test_three_planted_regressions_stand_first() -> None:
    first = [(tone, sure) for tone, sure, _ in _findings(planted())][:4]
    assert first == [("worse", True)] * 3 + [("better", False)]
    text = " ".join(Elements(drawn(planted())).text.split())
    for sentence in (
        "Users who had decided on 10 or more videos (400) clearly get worse lists than the live"
        " model gives them",
        "For the pairs with “Horror” as the video's genre, likes and nopes are clearly separated"
        " worse than by the live model: AUC-PR 0.500 after 0.600 (40,000 pairs).",
        "The same few videos go to everybody more than before: the most recommended 1 % of the"
        " catalogue takes 50% of all places, after 10%.",
    ):
        assert sentence in text
    assert "Drama" not in " ".join(s for _, _, s in _findings(planted()))


def test_a_change_that_chance_may_have_caused_is_possibly() -> None:
    found = dict.fromkeys(t for _, sure, t in _findings(planted()) if not sure)
    assert (
        "All users together possibly get better lists than the live model gives them, by 5%"
        " (NDCG@10; chance alone may be the cause)." in found
    )


@pytest.mark.parametrize(
    ("distance", "said"),
    [(0.05, False), (0.15, True)],
)
def test_data_that_moved_far_is_a_note(distance: float, said: bool) -> None:  # noqa: FBT001
    moved = {
        "examples": "catalogue", "feature": "genre", "against": "the last run",
        "measure": "l infty", "distance": distance, "allowed": 0.2,
    }  # fmt: skip
    review = {**planted(), "data": {"distances": [moved], "quarantine": {"videos: no title": 31}}}
    text = " ".join(s for tone, _, s in _findings(review) if tone == "note")
    assert ("`genre` of the catalogue differs from the last run's by 75%" in text) == said
    assert "31 rows of the database were left out as invalid." in text


def complete() -> dict[str, Any]:
    """A review in which every section has something to show."""
    place = {"video": "Title A", "found": True, "moved": None}
    one = {"why": "changed most", "decided": 12, "candidate": [place], "live": []}
    kept = {
        "version": "7", "state": "standby", "released": "2026-01-01 00:00", "users": 1, "videos": 2,
    }  # fmt: skip
    node = {"node": "Trainer", "seconds": 30.5, "peak_mb": 900, "cached": False, "skipped": False}
    check = {
        "metric": "NDCG@10", "scope": "76 users, decided on: 10 or more, against the closed form",
        "expected": "an interval of the change that does not end below 0", "got": -0.05,
        "passed": False,
    }  # fmt: skip
    review = planted()
    review["verdict"]["checks"].append(check)
    review["ranking"]["lists"] = [one]
    return review | {
        "data": {"distances": [], "quarantine": {}}, "kept": [kept],
        "cost": [{**node, "last_seconds": 28.0}],
    }  # fmt: skip


def test_what_a_reviewer_asks_stands_in_this_order() -> None:
    page = drawn(complete())
    ids = ["findings", "lists", "breadth", "data", "curves", "cost", "back"]
    places = [page.index(f'<section id="{name}">') for name in ids]
    assert places == sorted(places)
    text = " ".join(Elements(page).text.split())
    for words in (
        "Title A ♥",
        "Yes: make rollback",
        "Trainer 30.5 28.0",
        "This is the first run".lower(),
    ):
        assert words in text


def test_curves_run_from_the_first_epoch_to_the_last() -> None:
    fit = FitRecord.model_validate(
        {**FIT, "history": {"loss": [3.0, 2.0, 1.0], "val_loss": [2.0] * 3}}
    )
    release = ReleaseRecord(refitted=True, reason="", checks=[], history={"loss": [4.0, 2.0]})
    first, last = training_curves(fit, release)
    assert [line.points for line in first.lines] == [
        "0.0,0.0 190.0,90.0 380.0,180.0",
        "0.0,90.0 190.0,90.0 380.0,90.0",
    ]
    assert [tick.label for tick in first.ticks] == ["1.000", "2.000", "3.000"]
    assert (last.epochs, last.lines[0].points) == (2, "0.0,0.0 380.0,180.0")
