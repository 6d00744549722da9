"""ExampleValidator that stops the run: TFX's own only writes its anomalies down."""

from __future__ import annotations

from typing import Any

from tensorflow_metadata.proto.v0 import anomalies_pb2
from tfx.components.example_validator import component, executor
from tfx.dsl.components.base import executor_spec
from tfx.types import artifact_utils

from schema.errors import DataError

__all__ = ["ExampleValidator", "readable"]


def readable(anomalies: anomalies_pb2.Anomalies) -> list[str]:
    """One line for each anomaly: feature, expectation and what was seen."""
    return [
        f"{name}: {reason.short_description} ({reason.description})"
        for name, info in sorted(anomalies.anomaly_info.items())
        for reason in info.reason
    ]


class _Executor(executor.Executor):  # type: ignore[misc]
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
            folder = artifact_utils.get_split_uri([artifact], split)
            found += [f"{split}: {line}" for line in readable(_load(folder))]
        if found:
            raise DataError(
                "data within schema/*.pbtxt",
                f"{len(found)} anomalies:\n  " + "\n  ".join(found) + "\n",
                "mend the data, or the row of schema/features.py and run `make schema`",
            )


def _load(folder: str) -> anomalies_pb2.Anomalies:
    with open(f"{folder}/SchemaDiff.pb", "rb") as file:  # noqa: PTH123
        return anomalies_pb2.Anomalies.FromString(file.read())


class ExampleValidator(component.ExampleValidator):  # type: ignore[misc]
    """Statistics against the curated schema; an anomaly stops the run."""

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(_Executor)


