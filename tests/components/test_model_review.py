"""ModelReview: from a real TFMA evaluation to figures, and from figures to a page."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.model_review.page import redraw, render, write_review
from components.model_review.thinned import thinned
from schema.documents.fit import FitRecord
from schema.documents.ranking import RankingFigures
from schema.documents.review import Review
from schema.example_columns import LABEL, SLICES

INTERVAL = {"mean": 0.2, "low": 0.1, "high": 0.3}
RANKED = {
    "recall@10": INTERVAL, "recall@20": INTERVAL, "ndcg@10": INTERVAL, "ndcg@20": INTERVAL,
    "mrr@20": INTERVAL,
    "coverage": 0.5, "novelty": 9.25, "popularity_lift": None,
    "by_activity": [{"seen": "none", "users": 1234, "ndcg@10": INTERVAL}],
}  # fmt: skip
RANKING = {
    "protocol": "all videos ranked",
    "models": {"candidate": RANKED, "popularity": RANKED},
    "differences": {"popularity": {"mean": 0.01, "low": -0.01, "high": 0.02}},
    "reasons": [],
}
RELEASE = {
    "refitted": False,
    "reason": "overlap of the top 20: expected at least 0.3, got 0.1",
    "checks": [
        {"name": "mean cosine of two videos", "expected": "at most 0.95", "got": "0.343",
         "passed": True},
        {"name": "overlap of the top 20", "expected": "at least 0.3", "got": "0.1",
         "passed": False},
    ],
}  # fmt: skip
FIT = {
    "version": 1795354658,
    "videos": 1682,
    "began": "last release",
    "beginnings": {
        "closed form": {"val_auc_pr": 0.5011, "val_ndcg": 0.1022},
        "last release": {"val_auc_pr": 0.5033, "val_ndcg": 0.1044},
    },
    "last_release": 1795354000,
    "choice": None,
    "epochs": 3,
    "best": {"val_auc_pr": 0.5055, "val_ndcg": 0.1066},
    "history": {"loss": [0.5, 0.25, 0.125]},
}
HOSTILE = "<img src=x onerror=\"alert('1')\">"
GENRE, USER, _ = (row.name for row in SLICES)


class Elements(HTMLParser):
    """What a browser would make of a page: elements with attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, list[str]] = {}
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def measures(
    key: str = "", value: str = "", pairs: int = 90, auc_pr: float | None = 0.55
) -> dict[str, Any]:
    numbers = {
        "prevalence": 0.25,
        "auc_pr": auc_pr,
        "interval": None,
        "roc_auc": 0.7,
        "calibration": 1.1,
    }
    return {"key": key, "value": value, "pairs": pairs, **numbers}


def model(auc_pr: float, curve: list[list[float]]) -> dict[str, Any]:
    slices = [measures(USER, "new", 60, auc_pr), measures(GENRE, HOSTILE, 30, None)]
    overall = measures(auc_pr=auc_pr)
    return {"version": "1", "folder": "/m", "overall": overall, "slices": slices, "curve": curve}


def figures(*reasons: str) -> dict[str, Any]:
    check = {"metric": "AUC-PR", "scope": "all pairs", "expected": "at least 0.36"}
    checks = [{**check, "got": 0.55, "passed": not reasons}]
    return {
        "version": "1795354658",
        "protocol": "the newest decisions",
        "verdict": {"blessed": not reasons, "reasons": list(reasons), "checks": checks},
        "candidate": model(0.55, [[0.0, 1.0], [1.0, 0.25]]),
        "baseline": None,
        "ranking": RANKING,
        "fit": FIT,
        "places": {"evaluation": "/somewhere/evaluation"},
    }


def drawn(review: dict[str, Any]) -> str:
    """The page of the JSON."""
    return render(Review.model_validate(review))


def test_a_hostile_slice_name_stays_text() -> None:
    seen = Elements(drawn(figures()))
    assert "img" not in seen.tags
    assert "onerror" not in seen.attributes
    assert HOSTILE in seen.text


def test_the_page_asks_for_nothing_outside_and_runs_nothing() -> None:
    page = drawn({**figures(), "baseline": model(0.5, [[0.0, 0.9], [1.0, 0.25]])})
    seen = Elements(page)
    assert not {"script", "link", "img", "iframe", "object", "embed", "form", "a"} & {*seen.tags}
    assert not {"src", "href", "srcset", "data", "action"} & {*seen.attributes}
    assert not [word for word in ("http://", "https://", "url(", "@import") if word in page]
    assert "default-src 'none'; style-src 'unsafe-inline'" in seen.attributes["content"]


def test_the_page_says_what_the_fit_began_with_and_what_valid_decided() -> None:
    text = " ".join(Elements(drawn(figures())).text.split())
    assert "closed form 0.1022 0.5011" in text
    assert "last release, 1795354000 (begun with) 0.1044 0.5033" in text
    assert "after 3 epochs 0.1066 0.5055" in text
    unranked = {name: {"val_auc_pr": 0.5} for name in ("closed form", "last release")}
    still = {**FIT, "epochs": 0, "beginnings": unranked, "best": {"val_auc_pr": 0.5}}
    text = " ".join(Elements(drawn({**figures(), "fit": still})).text.split())
    assert "chosen: the fit was not better n/a 0.5000" in text


def test_figures_of_an_older_run_can_be_redrawn() -> None:
    older = figures()
    del older["fit"]
    assert "How it was fitted" not in drawn(older)


def test_a_cleared_model_is_named_with_its_moment_and_protocol(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    text = Elements(drawn(figures())).text
    assert "Model 1795354658: cleared for release" in text
    assert "Version 1795354658 is cleared for release" in text
    assert "2026-11-22 13:37 UTC" in text  # date -u -d @1795354658
    assert "0.5500 \N{CHECK MARK} met" in " ".join(text.split())
    assert "the newest decisions" in text
    assert "not released" not in text
    monkeypatch.undo()
    time.tzset()


def test_a_refusal_says_why() -> None:
    text = Elements(drawn(figures("AUC-PR: expected <more>"))).text
    assert "Model 1795354658: not released" in text
    assert "Version 1795354658 is not released" in text
    assert "AUC-PR: expected <more>" in text
    assert "0.5500 \N{BALLOT X} missed" in " ".join(text.split())
    assert "cleared" not in text


def test_slices_stand_under_what_they_are_in_the_tables_order() -> None:
    text = Elements(drawn(figures())).text
    wanted = [SLICES[0].about, HOSTILE, SLICES[1].about, "new"]
    places = [text.rfind(word) for word in wanted]
    assert -1 not in places
    assert places == sorted(places)


def test_the_model_in_service_stands_beside() -> None:
    page = drawn({**figures(), "baseline": model(0.5, [[0.0, 0.9], [1.0, 0.25]])})
    assert "+0.050" in page  # 0.55 - 0.5, overall and among the new users
    assert 'points="0.0,28.0 400.0,210.0"' in page  # 400 wide, 280 high, drawn downwards
    assert 'points="0.0,0.0 400.0,210.0"' in page


def test_a_bar_shows_the_figure_and_the_coins() -> None:
    page = drawn(figures())
    assert '<rect class="value" width="55.0"' in page
    assert '<line x1="25.0" x2="25.0"' in page
    assert "n/a" in page  # the genre whose AUC-PR is None


def test_the_page_is_redrawn_from_its_json(tmp_path: Path) -> None:
    page = tmp_path / "new" / "review.html"
    write_review(page, Review.model_validate(figures()))
    written = page.read_text(encoding="utf-8")
    page.write_text("lost", encoding="utf-8")
    redraw(page)
    assert page.read_text(encoding="utf-8") == written
    assert sorted(file.name for file in page.parent.iterdir()) == ["review.html", "review.json"]


def test_figures_that_json_lacks_leave_the_old_page(tmp_path: Path) -> None:
    page = tmp_path / "review.html"
    write_review(page, Review.model_validate(figures()))
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    unknown = figures() | {"candidate": model(math.nan, [])}
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_review(page, Review.model_validate(unknown))
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_drawing_needs_no_tensorflow() -> None:
    code = "import sys, components.model_review.page as _; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not {"tensorflow", "tfx", "tensorflow_model_analysis"} & {*modules.stdout.split()}


PAIRS = 300
CHANCE = np.random.default_rng(7)
LABELS = np.arange(PAIRS) % 3 == 0  # 100 likes to 200 negatives
GENRES = np.where(np.arange(PAIRS) < 210, "Drama", HOSTILE)
GOOD = np.clip(0.3 + 0.3 * LABELS + CHANCE.normal(0, 0.12, PAIRS), 0.01, 0.99)
POOR = np.clip(0.3 + 0.1 * LABELS + CHANCE.normal(0, 0.12, PAIRS), 0.01, 0.99)


def average_precision(labels: Any, scores: Any) -> float:
    """Mean, over the likes, of the precision down to each."""
    ranked = labels[np.argsort(-scores)]
    return float((np.cumsum(ranked) / np.arange(1, len(ranked) + 1))[ranked].mean())


def roc_auc(labels: Any, scores: Any) -> float:
    """Chance that a like is scored above a negative."""
    return float((scores[labels][:, None] > scores[~labels][None, :]).mean())


def saved_model(folder: Path, version: str, column: str) -> Path:
    """A model that scores a pair by what its column says, with the signature that is served."""
    import tensorflow as tf

    from schema.signatures import PREDICTION, SCORE

    def score(examples: Any) -> Any:
        spec = {column: tf.io.FixedLenFeature([], tf.float32)}
        return {PREDICTION: tf.io.parse_example(examples, spec)[column]}

    reader = tf.Module()
    reader.score = tf.function(score, input_signature=[tf.TensorSpec([None], tf.string)])
    tf.saved_model.save(reader, str(folder), signatures={SCORE: reader.score})
    (folder / "assets.extra").mkdir()
    (folder / "assets.extra" / "version").write_text(f"{version}\n")
    return folder


def write_pairs(file: Path, labels: Any) -> Path:
    """One tf.Example per pair: label, slices, and what either model is to say."""
    import tensorflow as tf

    def floats(number: float) -> Any:
        return tf.train.Feature(float_list=tf.train.FloatList(value=[number]))

    def text(value: str) -> Any:
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value.encode()]))

    with tf.io.TFRecordWriter(str(file)) as writer:
        for label, genre, good, poor in zip(labels, GENRES, GOOD, POOR, strict=True):
            pair = {LABEL.name: floats(label), "good": floats(good), "poor": floats(poor)}
            pair |= {GENRE: text(genre), USER: text("new")}
            features = tf.train.Features(feature=pair)
            writer.write(tf.train.Example(features=features).SerializeToString())
    return file


def evaluate(
    folder: Path, labels: Any, floor: float, candidate: Path, *live: Path, intervals: bool = False
) -> Path:
    """TFMA's own evaluation with the pipeline's config, as TFX's Evaluator asks for it."""
    import tensorflow_model_analysis as tfma
    from apache_beam.options.pipeline_options import PipelineOptions

    from components.evaluator import Gate, eval_config

    config = tfma.utils.update_eval_config_with_defaults(
        eval_config(Gate(floor, 0.01, intervals)), has_baseline=bool(live), rubber_stamp=True
    )
    names = (tfma.CANDIDATE_KEY, tfma.BASELINE_KEY) if live else ("",)
    models = [
        tfma.default_eval_shared_model(
            str(path), eval_config=config, model_name=name, rubber_stamp=not live, tags=["serve"]
        )
        for name, path in zip(names, (candidate, *live), strict=True)
    ]
    folder.mkdir()
    tfma.run_model_analysis(
        models if live else models[0],
        eval_config=config,
        data_location=str(write_pairs(folder / "pairs.tfrecord", labels)),
        output_path=str(folder),
        pipeline_options=PipelineOptions(["--runner=FnApiRunner"]),
    )
    return folder


def read(evaluation: Path, candidate: Path, *, blessed: bool) -> dict[str, Any]:
    from components.model_review.figures import read_figures

    ranking, fit = RankingFigures.model_validate(RANKING), FitRecord.model_validate(FIT)
    return read_figures(evaluation, candidate, ranking, fit, blessed=blessed).plain()


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A good model of version 11 and a poor one of version 12."""
    folder = tmp_path_factory.mktemp("models")
    return saved_model(folder / "g", "11", "good"), saved_model(folder / "p", "12", "poor")


@pytest.fixture(scope="module")
def worse(tmp_path_factory: pytest.TempPathFactory, models: tuple[Path, Path]) -> dict[str, Any]:
    """The figures of the poor model while the good one is in service."""
    good, poor = models
    evaluation = tmp_path_factory.mktemp("worse") / "evaluation"
    return read(evaluate(evaluation, LABELS, 1.08, poor, good), poor, blessed=False)


@pytest.mark.tfx
def test_an_interval_is_a_jackknife_s(tmp_path: Path, models: tuple[Path, Path]) -> None:
    """2 * 2.09 (t, 19 degrees) standard errors wide; NumPy's jackknife leaves pairs out singly."""
    good, _ = models
    made = read(evaluate(tmp_path / "e", LABELS, 1.08, good, intervals=True), good, blessed=True)
    overall = made["candidate"]["overall"]
    low, high = overall["interval"]
    assert low < overall["auc_pr"] < high
    left_out = [
        average_precision(np.delete(LABELS, row), np.delete(GOOD, row))
        for row in range(len(LABELS))
    ]
    error = np.sqrt((len(LABELS) - 1) * np.var(left_out))
    assert 0.5 < min(high - low, 1) / (2 * 2.09 * error) < 2


@pytest.mark.tfx
def test_without_being_asked_for_there_is_no_interval(worse: dict[str, Any]) -> None:
    assert worse["candidate"]["overall"]["interval"] is None


@pytest.mark.tfx
@pytest.mark.parametrize(("role", "scores"), [("candidate", POOR), ("baseline", GOOD)])
def test_figures_are_those_of_numpy(worse: dict[str, Any], role: str, scores: Any) -> None:
    of_model = worse[role]
    wanted = {"": LABELS | True, "Drama": GENRES == "Drama", HOSTILE: GENRES == HOSTILE}
    got = {s["value"]: s for s in [of_model["overall"], *of_model["slices"]]}
    for value, rows in wanted.items():
        assert got[value]["pairs"] == rows.sum()
        assert got[value]["prevalence"] == pytest.approx(1 / 3)
        precision = average_precision(LABELS[rows], scores[rows])
        assert got[value]["auc_pr"] == pytest.approx(precision, abs=0.01)
        assert got[value]["roc_auc"] == pytest.approx(roc_auc(LABELS[rows], scores[rows]), abs=2e-3)
        calibration = scores[rows].mean() / LABELS[rows].mean()
        assert got[value]["calibration"] == pytest.approx(calibration, abs=1e-4)


@pytest.mark.tfx
def test_versions_slices_and_their_order(worse: dict[str, Any]) -> None:
    assert (worse["version"], worse["candidate"]["version"]) == ("12", "12")
    assert worse["baseline"]["version"] == "11"
    ranked = [(s["key"], s["value"], s["pairs"]) for s in worse["candidate"]["slices"]]
    assert ranked == [(USER, "new", 300), (GENRE, "Drama", 210), (GENRE, HOSTILE, 90)]


@pytest.mark.tfx
@pytest.mark.parametrize(("role", "scores"), [("candidate", POOR), ("baseline", GOOD)])
def test_the_curve_runs_through_numpys_points(
    worse: dict[str, Any], role: str, scores: Any
) -> None:
    curve = worse[role]["curve"]
    hits = np.cumsum(LABELS[np.argsort(-scores)])
    exact = {(round(h / 100, 6), round(h / n, 6)) for n, h in enumerate(hits, start=1)}
    assert {(round(r, 6), round(p, 6)) for r, p in curve} <= exact
    assert 50 < len(curve) <= 200
    assert [r for r, _ in curve] == sorted(r for r, _ in curve)
    assert curve[-1] == (1.0, pytest.approx(1 / 3))


def test_a_long_curve_keeps_two_hundred_points_and_both_ends() -> None:
    curve = [(n / 1000, 1 - n / 2000) for n in range(1001)]
    kept = thinned(curve, 200)
    assert (len(kept), kept[0], kept[-1]) == (200, (0.0, 1.0), (1.0, 0.5))
    assert max(later - earlier for (earlier, _), (later, _) in pairwise(kept)) < 0.0065
    assert thinned(curve[:200], 200) == curve[:200]


@pytest.mark.tfx
def test_worse_than_the_model_in_service_is_said_with_both_figures(worse: dict[str, Any]) -> None:
    change = worse["candidate"]["overall"]["auc_pr"] - worse["baseline"]["overall"]["auc_pr"]
    (reason,) = worse["verdict"]["reasons"]
    said, got = reason.rsplit(" ", 1)
    where = "AUC-PR over all pairs, against the live model"
    assert said == f"{where}: expected a change of at least -0.01, got"
    assert float(got) == pytest.approx(change, abs=1e-5)
    checks = [(c["expected"], c["passed"]) for c in worse["verdict"]["checks"]]
    assert checks == [
        ("at least 1.08", True),
        ("a change of at least -0.01", False),
        ("an interval of the change that does not end below 0", True),
    ]
    assert [c["got"] for c in worse["verdict"]["checks"]] == [
        pytest.approx(worse["candidate"]["overall"]["auc_pr"] * 3),  # a third are likes
        pytest.approx(change),
        0.01,
    ]
    assert reason in Elements(drawn(worse)).text


@pytest.mark.tfx
def test_pairs_without_a_like_have_no_figure_and_no_nan(
    tmp_path: Path, models: tuple[Path, Path]
) -> None:
    """TFMA calls AUC-PR 0 and calibration NaN there."""
    evaluation = evaluate(tmp_path / "evaluation", LABELS & False, 1.08, models[0])
    write_review(
        tmp_path / "review.html", Review.model_validate(read(evaluation, models[0], blessed=False))
    )
    text = (tmp_path / "review.json").read_text(encoding="utf-8")
    assert "NaN" not in text
    written = json.loads(text)
    assert written["baseline"] is None
    overall = written["candidate"]["overall"]
    assert (overall["pairs"], overall["prevalence"]) == (300, 0)
    assert [overall[name] for name in ("auc_pr", "roc_auc", "calibration")] == [None] * 3
    assert written["verdict"]["reasons"] == [
        "AUC-PR as a multiple of a random ranking's over all pairs: expected at least 1.08,"
        " got no number: it is not defined there"
    ]


@pytest.mark.tfx
def test_an_absent_metric_a_nan_and_an_empty_slice_are_named_once() -> None:
    from google.protobuf import text_format
    from tensorflow_model_analysis.proto import validation_result_pb2

    from components.model_review.verdict import _reasons

    absent = """failures { metric_key { name: "auc_pr" } message: "Metric not found."
      metric_threshold { value_threshold { lower_bound { value: 0.36 } } } }"""
    result = text_format.Parse(
        f"""metric_validations_per_slice {{ {absent} }}
        metric_validations_per_slice {{ {absent} slice_key {{ single_slice_keys {{
          column: "tag" bytes_value: "\\xff" }} }}
          failures {{ metric_key {{ name: "auc" }}
            metric_value {{ double_value {{ value: nan }} }} metric_threshold {{ value_threshold {{
            lower_bound {{ value: 0.5 }} }} }} }} }}
        missing_slices {{ feature_keys: "tag" }}""",
        validation_result_pb2.ValidationResult(),
    )
    assert list(dict.fromkeys(_reasons(result))) == [
        "expected pairs of each tag, got none: there was nothing to hold to the threshold",
        "AUC-PR: expected at least 0.36, got nothing: it was not measured",
        "auc over tag \ufffd: expected at least 0.5, got no number: it is not defined there",
    ]


@pytest.mark.tfx
def test_a_refusal_without_threshold_or_by_another_gate_is_explained(
    tmp_path: Path, models: tuple[Path, Path]
) -> None:
    good, _ = models
    evaluation = evaluate(tmp_path / "evaluation", LABELS, 1.08, good)
    assert read(evaluation, good, blessed=True)["verdict"]["reasons"] == []
    (reason,) = read(evaluation, good, blessed=False)["verdict"]["reasons"]
    assert "another gate said no" in reason
    next(evaluation.glob("validations*")).unlink()
    (reason,) = read(evaluation, good, blessed=False)["verdict"]["reasons"]
    assert "expected a threshold" in reason


@pytest.mark.postgres
@pytest.mark.tfx
@pytest.mark.parametrize(
    ("blessed", "outcome", "word"),
    [
        (1, "released", "live Both gates passed; there was no live model to compare with."),
        (1, "unchanged", "released before"),
        (1, "failed", "not released Both gates passed, but the release did not; version 9 stays"),
        (0, "refused", "not released"),
    ],
)
def test_the_node_writes_the_page_and_the_json(
    tmp_path: Path, database: str, blessed: int, outcome: str, word: str
) -> None:
    check = {"name": "user vectors", "expected": "3", "got": "3", "passed": True}
    given = {"outcome": outcome, "version": "11", "live": "9", "reason": "why", "checks": [check]}
    from tfx.types import standard_artifacts

    from components.model_review.component import _Executor
    from components.node.connection import DATABASE, name_url
    from components.quarantine.component import QuarantineReport

    good = saved_model(tmp_path / "model" / "Format-Serving", "11", "good")
    inputs = {
        "model": [standard_artifacts.Model()],
        "evaluation": [standard_artifacts.ModelEvaluation()],
        "model_blessing": [standard_artifacts.ModelBlessing()],
        "ranking": [standard_artifacts.ModelEvaluation()],
        "model_run": [standard_artifacts.ModelRun()],
        "release_fit": [standard_artifacts.ModelEvaluation()],
        "release": [standard_artifacts.ModelEvaluation()],
        "decisions_anomalies": [standard_artifacts.ExampleAnomalies()],
        "catalogue_anomalies": [standard_artifacts.ExampleAnomalies()],
        "quarantine": [QuarantineReport()],
        "decisions": [standard_artifacts.Examples()],
        "decisions_statistics": [standard_artifacts.ExampleStatistics()],
        "catalogue_statistics": [standard_artifacts.ExampleStatistics()],
    }
    for kind in ("decisions", "catalogue"):
        inputs[f"{kind}_anomalies"][0].uri = str(tmp_path / kind)
    inputs["quarantine"][0].set_string_custom_property("counts", '{"videos: no title": 31}')
    (tmp_path / "release.json").write_text(json.dumps(RELEASE))
    (tmp_path / "outcome.json").write_text(json.dumps(given))
    inputs["release_fit"][0].uri = inputs["release"][0].uri = str(tmp_path)
    (tmp_path / "ranking.json").write_text(json.dumps(RANKING))
    (tmp_path / "history.json").write_text(json.dumps(FIT))
    inputs["model_run"][0].uri = str(tmp_path)
    ends = {"train_end": "2026-11-01", "valid_end": "2026-11-02", "eval_end": "2026-11-03"}
    inputs["model_run"][0].set_string_custom_property("windows", json.dumps(ends))
    inputs["ranking"][0].uri = str(tmp_path)
    inputs["model"][0].uri = str(tmp_path / "model")
    inputs["evaluation"][0].uri = str(evaluate(tmp_path / "evaluation", LABELS, 1.08, good))
    inputs["model_blessing"][0].set_int_custom_property("blessed", blessed)
    page = tmp_path / "var" / "review.html"
    name_url("REVIEW_DATABASE", database)
    _Executor().Do(inputs, {}, {"page": str(page), "facets": "", DATABASE: "REVIEW_DATABASE"})
    text = " ".join(Elements(page.read_text(encoding="utf-8")).text.split())
    assert f"Version 11 is {word}" in text
    assert "videos: no title 31" in text
    why = "The candidate itself: overlap of the top 20: expected at least 0.3, got 0.1."
    assert (why in text) == blessed
    assert ("mean cosine of two videos at most 0.95 0.343 yes" in text) == blessed
    kept = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    assert (kept["version"], kept["fit"], kept["release"]) == ("11", FIT, RELEASE)
    assert kept["outcome"] == given
    assert ("user vectors 3 3 yes" in text) == blessed
    folder = tmp_path / "var" / "reviews" / "11"
    assert json.loads((folder / "evaluation.json").read_text())["window"] == [
        "2026-11-02", "2026-11-03",
    ]  # fmt: skip
    assert sorted(file.name for file in folder.iterdir()) == [
        "evaluation.json", "plots.html", "review.html", "review.json", "series.html", "slices.html",
    ]  # fmt: skip
