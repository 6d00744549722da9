"""StatisticsGen, and an ExampleValidator that stops the run, for one kind of Examples.

Statistics store the most frequent values of every string, so columns that identify a person or a
decision are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow_data_validation as tfdv
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2
from tfx.components import StatisticsGen
from tfx.components.statistics_gen import stats_artifact_utils
from tfx.dsl.components.base import executor_spec
from tfx.types import Channel, artifact_utils
from tfx.types.standard_artifacts import ExampleAnomalies, ExampleStatistics, Schema

from components.node.component import Artifacts, Node, NodeExecutor, spec
from components.node.lineage import VALIDATED
from schema.errors import DataError
from schema.example_columns import EXAMPLE_COLUMNS
from schema.feature import Feature, columns

__all__ = ["ExampleValidator", "public_columns", "readable", "statistics_gen"]

_PERSONAL = {c.name for c in columns(tuple(f for f in EXAMPLE_COLUMNS if f.is_personal))}


def statistics_gen(examples: Channel, schema: Channel, rows: tuple[Feature, ...]) -> StatisticsGen:
    """The node for statistics of these rows, without personal columns and the eval split."""
    options = tfdv.StatsOptions(feature_allowlist=public_columns(rows))
    return StatisticsGen(examples, schema, stats_options=options, exclude_splits=["eval"])


def public_columns(rows: tuple[Feature, ...]) -> list[str]:
    """Names of the columns of these rows that identify no person."""
    return [column.name for column in columns(rows) if column.name not in _PERSONAL]


def readable(anomalies: anomalies_pb2.Anomalies) -> list[str]:
    """One line for each anomaly: feature, expectation and finding."""
    if anomalies.data_missing:
        return ["no row at all"]
    return [
        f"{name}: {reason.short_description} ({reason.description})"
        for name, info in sorted(anomalies.anomaly_info.items())
        for reason in info.reason
        if name not in _PERSONAL
    ]


class _Executor(NodeExecutor):
    def run(self, inputs: Artifacts, outputs: Artifacts, parameters: dict[str, Any]) -> None:
        """Raise DataError if the statistics of any split break the schema."""
        statistics, artifact = inputs.one("statistics"), outputs.one("anomalies")
        artifact.split_names = statistics.split_names
        artifact.set_int_custom_property(VALIDATED, statistics.id)
        schema = _schema(inputs.folder("schema"), parameters["drift_factor"])
        before = inputs.maybe("previous")
        previous = _splits(before) if before else {}
        found = []
        for split, anomalies in _anomalies(_splits(statistics), schema, previous):
            folder = Path(artifact_utils.get_split_uri([artifact], split))
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "SchemaDiff.pb").write_bytes(anomalies.SerializeToString())
            found += [f"{split}: {line}" for line in readable(anomalies)]
        if found:
            raise DataError(
                "data within schema/*.pbtxt",
                f"{len(found)} anomalies: {'; '.join(found)}",
                "fix the data, or the row of schema/features.py and run `make schema`;"
                " DRIFT_FACTOR=10 lets an intended change of distribution pass once",
            )


def _splits(artifact: Any) -> dict[str, Any]:
    """The statistics by split."""
    return {
        split: stats_artifact_utils.load_statistics(artifact, split).proto()
        for split in artifact_utils.decode_split_names(artifact.split_names)
    }


def _schema(folder: Path, drift_factor: float) -> schema_pb2.Schema:
    """The schema with every threshold of drift and skew multiplied by the factor."""
    (file,) = folder.iterdir()
    schema = text_format.Parse(file.read_text(), schema_pb2.Schema())
    for feature in schema.feature:
        for name in ("drift_comparator", "skew_comparator"):
            if feature.HasField(name):
                for _, measure in getattr(feature, name).ListFields():
                    measure.threshold *= drift_factor
    return schema


def _anomalies(
    statistics: dict[str, Any], schema: schema_pb2.Schema, previous: dict[str, Any]
) -> Iterator[tuple[str, anomalies_pb2.Anomalies]]:
    """Anomalies by split; train and all are compared with the last run (drift), valid (skew)."""
    for split, own in statistics.items():
        fitted = split in {"train", "all"}
        yield (
            split,
            tfdv.validate_statistics(
                own,
                schema,
                previous_statistics=previous.get(split) if fitted else None,
                serving_statistics=statistics.get("valid") if fitted else None,
            ),
        )


class ExampleValidator(Node):
    """Compares statistics with the schema, each other and the last run; stops on an anomaly.

    TFX's own checks neither drift nor skew, and continues after an anomaly.

    Args:
        statistics: statistics of this run.
        schema: the curated schema.
        previous: statistics of the last run that passed; may be empty.
        drift_factor: factor on every threshold of drift and skew.
        code: hash of the sources that determine the result, for the cache key.
    """

    SPEC_CLASS = spec(
        inputs={"statistics": ExampleStatistics, "schema": Schema},
        optional={"previous": ExampleStatistics},
        outputs={"anomalies": ExampleAnomalies},
        parameters={"drift_factor": float, "code": str},
    )
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(_Executor)

    def __init__(
        self,
        statistics: Channel,
        schema: Channel,
        previous: Channel,
        drift_factor: float,
        code: str,
    ) -> None:
        super().__init__(
            statistics=statistics, schema=schema, previous=previous, drift_factor=drift_factor,
            code=code,
        )  # fmt: skip
