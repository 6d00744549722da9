"""What a run writes as JSON comes back whole: keys, their order, and every digit."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from schema.documents import Document
from schema.documents.fit import FitRecord
from schema.documents.ranking import RankingFigures
from schema.documents.review import Review
from schema.documents.summary import Summary
from schema.errors import DataError

SUMMARY: dict[str, Any] = json.loads(Path(__file__).with_name("summary.json").read_text("utf-8"))
"""Of a run on MovieLens-100K, its lists shortened."""
REVIEW = SUMMARY["review"]
CHOICE = {"nope": -0.9, "recency": 0.5, "trust": 5.0, "exposure": 0.5}
GATE = {"seen": "none", "users": 7, "gate": 0.25, "start": 0.125, "ndcg": 0.15625}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Summary, SUMMARY),
        (Review, REVIEW),
        (Review, {**REVIEW, "baseline": REVIEW["candidate"]}),
        (RankingFigures, REVIEW["ranking"]),
        (RankingFigures, {**REVIEW["ranking"], "models": {}, "differences": {}}),
        (FitRecord, REVIEW["fit"]),
        (FitRecord, {**REVIEW["fit"], "choice": None, "last_release": 1795354658}),
        (FitRecord, {**REVIEW["fit"], "choice": CHOICE, "groups": [GATE], "held_out": 3}),
    ],
)
def test_json_that_was_read_is_written_as_it_was(
    tmp_path: Path, kind: type[Document], value: dict[str, Any]
) -> None:
    text = json.dumps(value, indent=1)
    (tmp_path / "document.json").write_text(text)
    assert json.dumps(kind.read(tmp_path / "document.json").plain(), indent=1) == text


def test_values_are_found_by_name() -> None:
    review = Summary.model_validate(SUMMARY).review
    assert review.fit
    assert (review.verdict.blessed, review.fit.epochs) == (True, 7)
    assert review.ranking.models["candidate"].ndcg_10.mean == pytest.approx(0.3187, abs=1e-4)
    assert review.candidate.overall.pairs == 16896


def test_what_may_be_absent_stays_absent() -> None:
    ended = {key: SUMMARY[key] for key in SUMMARY if key not in {"sample", "seconds_in_all"}}
    assert json.loads(json.dumps(Summary.model_validate(ended).plain())) == ended
    fit = FitRecord.model_validate(REVIEW["fit"])  # of a run before there were gates
    assert (fit.groups, fit.held_out, fit.choice.exposure if fit.choice else None) == ([], 0, 0.0)
    older = {key: REVIEW[key] for key in REVIEW if key != "fit"}
    assert Review.model_validate(older).fit is None
    assert "fit" not in Review.model_validate(older).plain()


@pytest.mark.parametrize(
    ("text", "got"),
    [
        (json.dumps({**REVIEW["fit"], "epoch": 7}), "epoch: Extra inputs are not permitted"),
        (json.dumps({**REVIEW["fit"], "best": None}), "best: Input should be an object"),
        ("{", "no JSON: Invalid JSON: EOF while parsing an object at line 1 column 1"),
    ],
)
def test_another_form_is_refused_in_one_line(tmp_path: Path, text: str, got: str) -> None:
    file = tmp_path / "history.json"
    file.write_text(text)
    with pytest.raises(DataError) as caught:
        FitRecord.read(file)
    assert str(caught.value) == (
        f"expected {file} as this version writes it, got {got}: run `make run` again"
    )


def test_a_loss_that_is_no_number_can_be_read(tmp_path: Path) -> None:
    lost = {**REVIEW["fit"], "history": {"loss": [math.nan, math.inf]}}
    (tmp_path / "history.json").write_text(json.dumps(lost))
    first, second = FitRecord.read(tmp_path / "history.json").history["loss"]
    assert math.isnan(first)
    assert second == math.inf
