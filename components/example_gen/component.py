"""TFX node that reads a query into Examples; one instance for each query."""

from __future__ import annotations

from tfx.dsl.components.base import base_beam_component, executor_spec
from tfx.types import Channel
from tfx.types.standard_artifacts import Examples

from components.example_gen.driver import READING, PostgresDriver
from components.example_gen.example_query import ExampleQuery
from components.example_gen.executor import PostgresExecutor
from components.node.component import spec

__all__ = ["PostgresExampleGen"]


class PostgresExampleGen(base_beam_component.BaseBeamComponent):
    """Reads one query of one database into Examples, one split for each time window.

    Args:
        reading: the query and its settings.
        code: hash of the sources that determine the result, for the cache key.
    """

    SPEC_CLASS = spec(outputs={"examples": Examples}, parameters={READING: str, "code": str})
    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(PostgresExecutor)
    DRIVER_CLASS = PostgresDriver

    def __init__(self, reading: ExampleQuery, code: str) -> None:
        given = {READING: reading.to_json(), "code": code}
        super().__init__(spec=self.SPEC_CLASS(**given, examples=Channel(type=Examples)))
