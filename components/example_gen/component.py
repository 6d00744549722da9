"""The TFX node; one instance for each query."""

from __future__ import annotations

from typing import Any, ClassVar

from tfx.dsl.components.base import base_beam_component, executor_spec
from tfx.types import Channel, component_spec, standard_artifacts

from components.example_gen.driver import READING, PostgresDriver
from components.example_gen.example_query import ExampleQuery
from components.example_gen.executor import PostgresExecutor

__all__ = ["PostgresExampleGen"]


class _Spec(component_spec.ComponentSpec):
    PARAMETERS = {  # noqa: RUF012
        READING: component_spec.ExecutionParameter(type=str),
        "code": component_spec.ExecutionParameter(type=str),
    }
    INPUTS: ClassVar[dict[str, Any]] = {}
    OUTPUTS = {  # noqa: RUF012
        "examples": component_spec.ChannelParameter(type=standard_artifacts.Examples)
    }


class PostgresExampleGen(base_beam_component.BaseBeamComponent):
    """Reads one query of one database into Examples, one split for each time window.

    Args:
        reading: what is read.
        code: hash of the sources that decide the result, for the cache key.
    """

    SPEC_CLASS = _Spec
    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(PostgresExecutor)
    DRIVER_CLASS = PostgresDriver

    def __init__(self, reading: ExampleQuery, code: str) -> None:
        examples = Channel(type=standard_artifacts.Examples)
        spec = _Spec(**{READING: reading.to_json()}, code=code, examples=examples)
        super().__init__(spec=spec)
