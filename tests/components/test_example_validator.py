"""An anomaly stops the run and says which feature broke which expectation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from schema.errors import DataError

pytestmark = pytest.mark.tfx

SCHEMA = """
feature { name: "price" type: FLOAT value_count { max: 1 } float_domain { min: 0 max: 100 } }
feature { name: "title" type: BYTES presence { min_fraction: 1 min_count: 1 } shape {} }
"""
SOUND: dict[str, list[Any]] = {"price": [1.0, 99.0], "title": ["a", "b"]}


def _validate(folder: Path, **splits: dict[str, list[Any]]) -> None:
    """Runs the node's executor on the statistics of these columns."""
    import pandas as pd  # type: ignore[import-untyped]
    import tensorflow_data_validation as tfdv
    from tfx.types import artifact_utils, standard_artifacts

    from components.example_validator import _Executor

    statistics = standard_artifacts.ExampleStatistics()
    schema, anomalies = standard_artifacts.Schema(), standard_artifacts.ExampleAnomalies()
    for artifact, name in ((statistics, "s"), (schema, "schema"), (anomalies, "a")):
        artifact.uri = str(folder / name)
        (folder / name).mkdir()
    (folder / "schema" / "schema.pbtxt").write_text(SCHEMA)
    statistics.split_names = artifact_utils.encode_split_names(list(splits))
    for split, columns in splits.items():
        found = tfdv.generate_statistics_from_dataframe(pd.DataFrame(columns), n_jobs=1)
        path = Path(artifact_utils.get_split_uri([statistics], split)) / "FeatureStats.pb"
        path.parent.mkdir()
        path.write_bytes(found.SerializeToString())
    inputs = {"statistics": [statistics], "schema": [schema]}
    _Executor().Do(inputs, {"anomalies": [anomalies]}, {})


def test_sound_data_passes(tmp_path: Path) -> None:
    _validate(tmp_path, train=SOUND)


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
