"""An anomaly stops the run and says which feature broke which expectation, drift and skew too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from schema.errors import DataError

pytestmark = pytest.mark.tfx

SCHEMA = """
feature { name: "price" type: FLOAT value_count { max: 1 } float_domain { min: 0 max: 100 }
  drift_comparator { jensen_shannon_divergence { threshold: 0.3 } }
  skew_comparator { jensen_shannon_divergence { threshold: 0.4 } } }
feature { name: "title" type: BYTES presence { min_fraction: 1 min_count: 1 } shape {}
  drift_comparator { infinity_norm { threshold: 0.3 } }
  skew_comparator { infinity_norm { threshold: 0.4 } } }
"""
SOUND: dict[str, list[Any]] = {"price": [1.0, 99.0], "title": ["a", "b"]}


def _statistics(folder: Path, splits: dict[str, dict[str, list[Any]]]) -> Any:
    """An artifact with the statistics of these columns."""
    import pandas as pd  # type: ignore[import-untyped]
    import tensorflow_data_validation as tfdv
    from tfx.types import artifact_utils, standard_artifacts

    statistics = standard_artifacts.ExampleStatistics()
    statistics.uri = str(folder)
    statistics.split_names = artifact_utils.encode_split_names(list(splits))
    for split, columns in splits.items():
        found = tfdv.generate_statistics_from_dataframe(pd.DataFrame(columns), n_jobs=1)
        path = Path(artifact_utils.get_split_uri([statistics], split)) / "FeatureStats.pb"
        path.parent.mkdir(parents=True)
        path.write_bytes(found.SerializeToString())
    return statistics


def _validate(
    folder: Path,
    previous: dict[str, dict[str, list[Any]]] | None = None,
    factor: float = 1.0,
    **splits: dict[str, list[Any]],
) -> Any:
    """Runs the node's executor on the statistics of these columns; the anomalies artifact."""
    from tfx.types import standard_artifacts

    from components.example_validator import _Executor

    schema, anomalies = standard_artifacts.Schema(), standard_artifacts.ExampleAnomalies()
    for artifact, name in ((schema, "schema"), (anomalies, "a")):
        artifact.uri = str(folder / name)
        (folder / name).mkdir()
    (folder / "schema" / "schema.pbtxt").write_text(SCHEMA)
    inputs = {"statistics": [_statistics(folder / "s", splits)], "schema": [schema]}
    inputs["statistics"][0].id = 7
    if previous:
        inputs["previous"] = [_statistics(folder / "p", previous)]
    _Executor().Do(inputs, {"anomalies": [anomalies]}, {"drift_factor": factor})
    return anomalies


def test_sound_data_passes_and_its_anomalies_say_which_statistics_those_are(tmp_path: Path) -> None:
    anomalies = _validate(tmp_path, train=SOUND)
    assert anomalies.get_int_custom_property("statistics_id") == 7


# Titles: a's share is 1 / 2 in USUAL and 1 in ALL_A. Prices: no two of LOW and HIGH are near.
USUAL: dict[str, list[Any]] = {"price": [1.0, 2.0] * 50, "title": ["a", "b"] * 50}
ALL_A = USUAL | {"title": ["a"] * 100}
DEAR = USUAL | {"price": [98.0, 99.0] * 50}


@pytest.mark.parametrize(
    ("moved", "line"),
    [
        (ALL_A, r"train: title: .*The Linfty distance .* is 0\.5 .*above the threshold 0\.{}"),
        (DEAR, r"train: price: .*Jensen-Shannon divergence .* is 1 .*above the threshold 0\.{}"),
    ],
)
def test_drift_and_skew_tell_feature_distance_and_threshold(
    tmp_path: Path, moved: dict[str, list[Any]], line: str
) -> None:
    for name, threshold, splits in (
        ("drift", 3, {"previous": {"train": USUAL}, "train": moved}),
        ("skew", 4, {"train": USUAL, "valid": moved}),
    ):
        folder = tmp_path / name
        folder.mkdir()
        with pytest.raises(DataError, match=rf"(?s)got 1 anomalies: {line.format(threshold)}"):
            _validate(folder, **splits)  # type: ignore[arg-type]


def test_a_factor_lets_a_meant_change_pass(tmp_path: Path) -> None:
    _validate(tmp_path, {"train": USUAL}, 10.0, train=ALL_A | {"price": [98.0, 99.0] * 50})


def test_only_what_is_fitted_on_is_compared(tmp_path: Path) -> None:
    _validate(tmp_path, {"train": USUAL, "valid": ALL_A}, train=USUAL, valid=USUAL)


@pytest.mark.parametrize(
    ("columns", "feature", "expectation"),
    [
        (SOUND | {"price": [1.0, -2.0]}, "price", "Unexpectedly low values.*0"),
        (SOUND | {"price": [1.0, 101.0]}, "price", "Unexpectedly high value: 101>100"),
        (SOUND | {"price": ["1", "2"]}, "price", "Unexpected data type.*FLOAT"),
        ({"price": [1.0]}, "title", "Column dropped"),
        (SOUND | {"more": [1, 2]}, "more", "New column"),
    ],
)
def test_an_anomaly_is_told_by_feature_and_expectation(
    tmp_path: Path, columns: dict[str, list[Any]], feature: str, expectation: str
) -> None:
    with pytest.raises(
        DataError, match=rf"(?s)got 1 anomalies:.*train: {feature}: .*{expectation}"
    ):
        _validate(tmp_path, train=columns)


def test_every_split_is_looked_at(tmp_path: Path) -> None:
    broken = SOUND | {"price": [1.0, -2.0]}
    with pytest.raises(DataError, match=r"(?s)got 2 anomalies.*train: price.*valid: price"):
        _validate(tmp_path, train=broken, sound=SOUND, valid=broken)


def test_a_split_without_a_row_is_an_anomaly(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="valid"):
        _validate(tmp_path, train=SOUND, valid={"price": [], "title": []})
