"""StatisticsGen and the ExampleValidator that stops the run, for one kind of Examples.

TFX's own validator only writes its anomalies down. Statistics store the most frequent values
of every string they look at, so what names a person or a decision is left out of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import anomalies_pb2
from tfx.components import StatisticsGen
from tfx.components.example_validator import component, executor
from tfx.dsl.components.base import executor_spec
from tfx.types import Channel, artifact_utils

from schema.errors import DataError
from schema.features import FEATURES, Feature, columns

__all__ = ["ExampleValidator", "readable", "statistics_gen"]

_PERSONAL = {c.name for c in columns(tuple(f for f in FEATURES if f.is_personal))}


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


class _Executor(executor.Executor):
    def Do(  # noqa: N802
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Raises DataError where the statistics of any split break the schema."""
        super().Do(input_dict, output_dict, exec_properties)
        artifact = artifact_utils.get_single_instance(output_dict["anomalies"])
        found = []
        for split in artifact_utils.decode_split_names(artifact.split_names):
            folder = Path(artifact_utils.get_split_uri([artifact], split))
            content = (folder / executor.DEFAULT_FILE_NAME).read_bytes()
            anomalies = anomalies_pb2.Anomalies.FromString(content)
            found += [f"{split}: {line}" for line in readable(anomalies)]
        if found:
            raise DataError(
                "data within schema/*.pbtxt",
                f"{len(found)} anomalies: {'; '.join(found)}",
                "mend the data, or the row of schema/features.py and run `make schema`",
            )


class ExampleValidator(component.ExampleValidator):
    """Statistics against the curated schema; an anomaly stops the run."""

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(_Executor)
