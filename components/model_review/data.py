"""The data's figures, from what validators and quarantine have left."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tensorflow_metadata.proto.v0 import anomalies_pb2

from components.node.lineage import COUNTS
from schema.documents.data import Against, DataFigures, Distance

__all__ = ["read_data"]


def read_data(anomalies: Mapping[str, Path], report: Any) -> DataFigures:
    """Reads the folders of ExampleAnomalies, by kind of Examples, and the quarantine's report."""
    found = [one for kind, folder in anomalies.items() for one in _distances(kind, folder)]
    return DataFigures(
        distances=sorted(found, key=lambda one: -one.distance / one.allowed),
        quarantine=json.loads(report.get_string_custom_property(COUNTS) or "{}"),
    )


def _distances(kind: str, folder: Path) -> Iterator[Distance]:
    for file in sorted(folder.glob("Split-*/SchemaDiff.pb")):
        for info in anomalies_pb2.Anomalies.FromString(file.read_bytes()).drift_skew_info:
            yield from _of_feature(kind, info)


def _of_feature(kind: str, info: Any) -> Iterator[Distance]:
    compared: tuple[tuple[Against, Any], ...] = (
        ("the last run", info.drift_measurements),
        ("the valid window", info.skew_measurements),
    )
    for against, measurements in compared:
        for one in measurements:
            measure = type(one).Type.Name(one.type).replace("_", " ").lower()
            yield Distance(
                examples=kind,
                feature=".".join(info.path.step),
                against=against,
                measure=measure,
                distance=one.value,
                allowed=one.threshold,
            )
