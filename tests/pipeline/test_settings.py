"""Settings come from variables of their own names, and a wrong one is one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from pipeline.example_queries import decisions, eval_pairs
from pipeline.settings import Settings, from_environment
from schema.errors import TwoTowerError


def test_an_empty_environment_gives_the_defaults() -> None:
    assert from_environment({}) == Settings()


def test_each_kind_of_field_is_read_from_its_variable(tmp_path: Path) -> None:
    given = from_environment(
        {"FOLDER": str(tmp_path), "EPOCHS": "3", "AUC_PR_FLOOR": "1.5", "MODEL_SERVER_URL": "u"}
    )
    assert (given.folder, given.epochs, given.auc_pr_floor) == (tmp_path, 3, 1.5)
    assert given.model_server_url == "u"
    assert given.models == tmp_path / "models"


def test_nothing_but_capitals_is_read_and_nothing_where_settings_are_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EPOCHS", "3")
    monkeypatch.setenv("seed", "4")
    monkeypatch.setenv("READERS", "")
    assert (Settings().epochs, Settings().seed) == (10, 7)
    given = from_environment()
    assert (given.epochs, given.seed, given.readers) == (3, 7, 4)


def test_a_copy_has_other_values_that_are_checked() -> None:
    copy = Settings(epochs=3).replaced(seed=5)
    assert (copy.epochs, copy.seed) == (3, 5)
    with pytest.raises(TwoTowerError, match="expected DRIFT_FACTOR above 0"):
        copy.replaced(drift_factor=0)


def test_settings_cannot_be_changed_and_each_is_described() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().epochs = 3
    assert all(field.description for field in Settings.model_fields.values())


def test_a_relative_folder_becomes_absolute_since_the_server_needs_it() -> None:
    assert from_environment({"FOLDER": "some/where"}).folder == Path.cwd() / "some/where"


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({"EPOCHS": "many"}, "expected EPOCHS of type int, got 'many': change or unset it"),
        ({"QUARANTINE_LIMIT": "7"}, "expected QUARANTINE_LIMIT from 0 to 1, got 7.0: change it"),
        (
            {"AUC_PR_FLOOR": "0.36"},
            "expected AUC_PR_FLOOR of 1, a random ranking's, or more, got 0.36: give it as a"
            " multiple of the share of likes: 1.08 is 0.36 at one like to two",
        ),
        ({"QUARANTINE_LIMIT": "5"}, "expected QUARANTINE_LIMIT from 0 to 1, got 5.0: change it"),
        ({"QUARANTINE_LIMIT": "-1"}, "expected QUARANTINE_LIMIT from 0 to 1, got -1.0: change it"),
        ({"DRIFT_FACTOR": "0"}, "expected DRIFT_FACTOR above 0, got 0.0: change it"),
        ({"TRAIN_END": "2025-01-01T00:00:00+00:00"}, "expected TRAIN_END, VALID_END and EVAL_END"),
        ({"NEGATIVE_RATIO": "0"}, "expected a ratio of 1 or more, got 0: change NEGATIVE_RATIO"),
        ({"NEGATIVE_ALPHA": "-1"}, "expected an alpha from 0 to 10, got -1.0: change NEGATIVE_"),
        ({"NEGATIVE_ALPHA": "nan"}, "expected an alpha from 0 to 10, got nan: change NEGATIVE_"),
        ({"NEGATIVE_ALPHA": "11"}, "expected an alpha from 0 to 10, got 11.0: change NEGATIVE_"),
        ({"SINCE": "then"}, "expected SINCE as a moment with a zone, such as 2026-01-31T00:00:00+"),
        ({"SINCE": "2026-01-31T00:00:00"}, "expected SINCE as a moment with a zone, such as 2026"),
        (
            {"EVAL_INTERVALS": "yes"},
            "expected EVAL_INTERVALS 0 or 1, got 'yes': change or unset it",
        ),
        ({"SEED": "x"}, "expected SEED of type int, got 'x': change or unset it"),
    ],
)
def test_a_wrong_value_says_what_was_expected(environment: dict[str, str], line: str) -> None:
    with pytest.raises(TwoTowerError) as caught:
        from_environment(environment)
    assert str(caught.value).startswith(line)


def test_every_reading_draws_by_the_law_of_the_settings() -> None:
    given = from_environment({"SEED": "5", "NEGATIVE_RATIO": "3", "NEGATIVE_ALPHA": "0"})
    for reading in (decisions, eval_pairs):
        sampling = reading(given).sampling
        assert (sampling.seed, sampling.ratio, sampling.alpha) == (5, 3, 0)
        sampling = reading(from_environment({})).sampling
        assert (sampling.seed, sampling.ratio, sampling.alpha) == (7, 2, 0.75)


def test_a_span_is_of_the_training_pairs_alone() -> None:
    since = "2025-01-01T00:00:00+00:00"
    given = from_environment({"SINCE": since})
    assert decisions(given).since == since
    assert eval_pairs(given).since == ""
    assert decisions(Settings()).since == ""


def test_a_switch_is_0_or_1() -> None:
    assert from_environment({"EVAL_INTERVALS": "1"}).eval_intervals is True
    assert from_environment({"EVAL_INTERVALS": "0"}).eval_intervals is False


def test_since_last_is_the_end_of_what_the_last_run_was_fitted_on(tmp_path: Path) -> None:
    environment = {"SINCE": "last", "FOLDER": str(tmp_path)}
    with pytest.raises(TwoTowerError, match="expected a last run, for SINCE=last, got none: run"):
        from_environment(environment)
    windows = {"train_end": "2025-01-01T00:00:00+00:00", "valid_end": "2025-02-01T00:00:00+00:00"}
    for blessed in (True, False):
        summary = {"windows": windows, "review": {"verdict": {"blessed": blessed}}}
        (tmp_path / "summary.json").write_text(json.dumps(summary))
        if blessed:
            assert from_environment(environment).since == "2025-02-01T00:00:00+00:00"
    with pytest.raises(TwoTowerError, match="got one whose model was refused"):
        from_environment(environment)


def test_given_moments_replace_the_shares() -> None:
    moments = tuple(f"2025-0{month}-01T00:00:00+00:00" for month in (1, 2, 3))
    names = ("TRAIN_END", "VALID_END", "EVAL_END")
    settings = from_environment(dict(zip(names, moments, strict=True)))
    assert settings.window_rule.moments == moments
    assert Settings().window_rule.moments is None
