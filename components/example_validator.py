"""StatisticsGen and the ExampleValidator that stops the run, for one kind of Examples.

Statistics store the most frequent values
of every string they look at, so what names a person or a decision is left out of them.
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
from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.types import Channel, artifact_utils, component_spec, standard_artifacts

from components.node.lineage import VALIDATED
from schema.errors import DataError
from schema.example_columns import EXAMPLE_COLUMNS
from schema.feature import Feature, columns

__all__ = ["ExampleValidator", "readable", "statistics_gen"]

_PERSONAL = {c.name for c in columns(tuple(f for f in EXAMPLE_COLUMNS if f.is_personal))}


def statistics_gen(examples: Channel, schema: Channel, rows: tuple[Feature, ...]) -> StatisticsGen:
    """Statistics of these rows of the table, the personal ones left out."""
    public = [column.name for column in columns(rows) if column.name not in _PERSONAL]
    options = tfdv.StatsOptions(feature_allowlist=public)
    return StatisticsGen(examples, schema, stats_options=options)


def readable(anomalies: anomalies_pb2.Anomalies) -> list[str]:
    """One line for each anomaly: feature, expectation and what was seen."""
    if anomalies.data_missing:
        return ["no row at all"]
    return [
        f"{name}: {reason.short_description} ({reason.description})"
        for name, info in sorted(anomalies.anomaly_info.items())
        for reason in info.reason
        if name not in _PERSONAL
    ]


class _Spec(component_spec.ComponentSpec):
    PARAMETERS = {  # noqa: RUF012
        "drift_factor": component_spec.ExecutionParameter(type=float),
        "code": component_spec.ExecutionParameter(type=str),
    }
    INPUTS = {  # noqa: RUF012
        "statistics": component_spec.ChannelParameter(type=standard_artifacts.ExampleStatistics),
        "schema": component_spec.ChannelParameter(type=standard_artifacts.Schema),
        "previous": component_spec.ChannelParameter(
            type=standard_artifacts.ExampleStatistics, optional=True
        ),
    }
    OUTPUTS = {  # noqa: RUF012
        "anomalies": component_spec.ChannelParameter(type=standard_artifacts.ExampleAnomalies)
    }


class _Executor(base_executor.BaseExecutor):
    def Do(  # noqa: N802
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Raises DataError where the statistics of any split break the schema."""
        self._log_startup(input_dict, output_dict, exec_properties)
        statistics = artifact_utils.get_single_instance(input_dict["statistics"])
        artifact = artifact_utils.get_single_instance(output_dict["anomalies"])
        artifact.split_names = statistics.split_names
        artifact.set_int_custom_property(VALIDATED, statistics.id)
        schema = _schema(input_dict["schema"], exec_properties["drift_factor"])
        previous = _splits(input_dict.get("previous", []))
        found = []
        for split, anomalies in _anomalies(_splits([statistics]), schema, previous):
            folder = Path(artifact_utils.get_split_uri([artifact], split))
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "SchemaDiff.pb").write_bytes(anomalies.SerializeToString())
            found += [f"{split}: {line}" for line in readable(anomalies)]
        if found:
            raise DataError(
                "data within schema/*.pbtxt",
                f"{len(found)} anomalies: {'; '.join(found)}",
                "fix the data, or the row of schema/features.py and run `make schema`;"
                " DRIFT_FACTOR=10 lets a meant change of distribution pass once",
            )


def _splits(artifacts: list[Any]) -> dict[str, Any]:
    """The statistics of each split; nothing of no artifact."""
    return {
        split: stats_artifact_utils.load_statistics(artifact, split).proto()
        for artifact in artifacts
        for split in artifact_utils.decode_split_names(artifact.split_names)
    }


def _schema(artifacts: list[Any], drift_factor: float) -> schema_pb2.Schema:
    folder = Path(artifact_utils.get_single_uri(artifacts))
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
    """What is fitted on is compared with the last run's, and with what comes after it."""
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


class ExampleValidator(base_component.BaseComponent):
    """Statistics against the curated schema, each other and the last run; an anomaly stops the run.

    TFX's own takes neither drift nor skew, and goes on after an anomaly.

    Args:
        statistics: of this run.
        schema: the curated one.
        previous: of the last run that was found sound; may hold none.
        drift_factor: factor on every threshold of drift and skew.
        code: hash of the sources that decide the result, for the cache key.
    """

    SPEC_CLASS = _Spec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(_Executor)

    def __init__(
        self,
        statistics: Channel,
        schema: Channel,
        previous: Channel,
        drift_factor: float,
        code: str,
    ) -> None:
        anomalies = Channel(type=standard_artifacts.ExampleAnomalies)
        inputs = {"statistics": statistics, "schema": schema, "previous": previous}
        given = {"drift_factor": drift_factor, "code": code}
        super().__init__(spec=_Spec(**inputs, **given, anomalies=anomalies))
